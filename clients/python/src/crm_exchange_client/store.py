"""The SQLite file that holds all this package knows; every step is one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import SettingsError, StoreBusy

VERSION = 1
_SCHEMA = """
CREATE TABLE feed (            -- one row per list of entities that is pulled together
    entities TEXT PRIMARY KEY, -- JSON list
    cursor TEXT NOT NULL,      -- where to go on; empty: load everything
    acked TEXT NOT NULL,       -- the cursor last confirmed
    count INTEGER NOT NULL,    -- number of the last item applied
    generation INTEGER NOT NULL,
    phase TEXT NOT NULL
);
CREATE TABLE record (          -- the server's records as of the cursor
    entity TEXT NOT NULL,
    id INTEGER NOT NULL,
    rev TEXT NOT NULL,
    data TEXT NOT NULL,        -- JSON
    generation INTEGER NOT NULL,
    PRIMARY KEY (entity, id)
) WITHOUT ROWID;
CREATE TABLE own_key (         -- your keys of these records
    entity TEXT NOT NULL,
    key TEXT NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (entity, key)
) WITHOUT ROWID;
CREATE INDEX own_key_id ON own_key (entity, id);
CREATE TABLE gone (            -- records that are no more, and why
    entity TEXT NOT NULL,
    id INTEGER NOT NULL,
    op TEXT NOT NULL,
    into_id INTEGER,
    PRIMARY KEY (entity, id)
) WITHOUT ROWID;
CREATE TABLE batch (           -- what was or is being sent, unchanged until answered
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,     -- JSON; emptied once answered
    answered INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE outbox (          -- rows to send, and those that need a person
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    entity TEXT NOT NULL,
    key TEXT NOT NULL,
    op TEXT NOT NULL,
    body TEXT NOT NULL,        -- JSON: set, unset, refs ...
    state TEXT NOT NULL,       -- waiting, sent, deferred, conflict, rejected
    batch INTEGER REFERENCES batch,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_state ON outbox (state, n);
CREATE INDEX outbox_key ON outbox (entity, key);
CREATE TABLE agreed (          -- what the server last accepted from you, by your key
    entity TEXT NOT NULL,
    key TEXT NOT NULL,
    id INTEGER,
    rev TEXT NOT NULL,
    body TEXT NOT NULL,        -- JSON: {set, refs}
    PRIMARY KEY (entity, key)
) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class _Over(Exception):
    """A rehearsal has ended."""


class Store:
    """:ivar db: the connection; use it only inside `transaction`, or to read

    Your program may keep tables of its own in the same file and change them in the same
    transaction as ours.
    """

    def __init__(self, path: str | Path, wait: float = 30.0) -> None:
        self.path = str(path)
        try:
            self.db = sqlite3.connect(self.path, timeout=wait, isolation_level=None)
            self.db.row_factory = sqlite3.Row
            # erased persons must not stay readable in the file's free pages
            self.db.execute("PRAGMA secure_delete = ON")
            self.db.execute("PRAGMA foreign_keys = ON")
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise SettingsError(f"{path} cannot be used as a store: {error}") from error

    def _prepare(self) -> None:
        with self.transaction():
            [version] = self.db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self.db.execute(statement)
                self.db.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise SettingsError(
                    f"{self.path} was made by another version of this program "
                    f"({version}, not {VERSION})."
                )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, also when killed; one inside another joins it.

        :raises StoreBusy: when another process holds the file for too long
        """
        if self.db.in_transaction:
            yield self.db
            return
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise StoreBusy(f"{self.path}: {error}") from error
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Whatever is written inside is taken back at the end."""
        with suppress(_Over), self.transaction():
            yield
            raise _Over

    def setting(self, name: str, default: str = "") -> str:
        found = self.db.execute("SELECT value FROM setting WHERE name = ?", [name])
        row = found.fetchone()
        return str(row["value"]) if row else default

    def keep_setting(self, name: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
