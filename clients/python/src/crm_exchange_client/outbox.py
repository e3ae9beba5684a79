"""What your system has to tell, kept until the server has answered row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import wire
from .batch import Batches, dump
from .errors import Unfit
from .store import Store

MAX_KEY = 128


class Outbox:
    """:param source: code of your own source, which `hello` tells; keys belong to it"""

    def __init__(self, store: Store, source: str) -> None:
        self._store = store
        self.batches = Batches(store, source)

    # ------------------------------------------------------------------ putting in

    def put(
        self,
        entity: str,
        key: str,
        values: Mapping[str, Any],
        refs: Mapping[str, str] | None = None,
        observed_at: str = "",
    ) -> bool:
        """Queue what differs in this record from what the server last accepted.

        :param values: fields as you hold them; None empties a field, one that is left
            out stays as it is
        :param refs: {field: your key of the record it points to}
        :return: whether there was anything to tell
        :raises Unfit: for a value that cannot be sent
        """
        where = f"{entity} {_fit_key(entity, key)}"
        target: dict[str, dict[str, Any]] = {
            "set": {
                name: None if value is None else wire.fit(value, f"{where}: {name}")
                for name, value in values.items()
            },
            "refs": {
                name: wire.fit(str(ref), f"{where}: {name}")
                for name, ref in (refs or {}).items()
            },
        }
        with self._store.transaction():
            self._forget_problems(entity, key)
            known = self._known(entity, key)
            body: dict[str, Any] = {
                part: {n: v for n, v in target[part].items() if known[part].get(n) != v}
                for part in ("set", "refs")
            }
            if not body["set"] and not body["refs"] and known["exists"]:
                return False
            if observed_at:
                body["observed_at"] = observed_at
            self._queue(entity, key, "upsert", body)
        return True

    def delete(self, entity: str, key: str) -> None:
        """Queue that your system has no more such record."""
        _fit_key(entity, key)
        with self._store.transaction():
            self._forget_problems(entity, key)
            self._queue(entity, key, "delete", {})

    def _queue(self, entity: str, key: str, op: str, body: dict[str, Any]) -> None:
        waiting = self._store.db.execute(
            "SELECT n, body FROM outbox WHERE entity = ? AND key = ? AND op = ?"
            " AND state = 'waiting'"
            " AND n = (SELECT max(n) FROM outbox WHERE entity = ? AND key = ?)",
            [entity, key, op, entity, key],
        ).fetchone()
        if waiting:
            before = json.loads(waiting["body"])
            for part in ("set", "refs"):
                if part in body:
                    body[part] = {**before.get(part, {}), **body[part]}
            self._store.db.execute(
                "UPDATE outbox SET body = ? WHERE n = ?",
                [dump({**before, **body}), waiting["n"]],
            )
        else:
            self._store.db.execute(
                "INSERT INTO outbox (entity, key, op, body, state)"
                " VALUES (?, ?, ?, ?, 'waiting')",
                [entity, key, op, dump(body)],
            )

    def _known(self, entity: str, key: str) -> dict[str, Any]:
        """What the server has from us, once all that is under way has arrived."""
        known: dict[str, Any] = {"set": {}, "refs": {}, "exists": False}
        agreed = self._store.db.execute(
            "SELECT body, op FROM (SELECT 0 AS n, body, 'upsert' AS op FROM agreed"
            " WHERE entity = ? AND key = ? UNION ALL SELECT n, body, op FROM outbox"
            " WHERE entity = ? AND key = ?) ORDER BY n",
            [entity, key, entity, key],
        )
        for row in agreed:
            known["exists"] = row["op"] != "delete"
            if not known["exists"]:
                known |= {"set": {}, "refs": {}}
            body = json.loads(row["body"])
            for part in ("set", "refs"):
                known[part] |= body.get(part, {})
        return known

    def _forget_problems(self, entity: str, key: str) -> None:
        """A newer word on a record takes the place of one that was refused."""
        self._store.db.execute(
            "DELETE FROM outbox WHERE entity = ? AND key = ?"
            " AND state IN ('conflict', 'rejected')",
            [entity, key],
        )

    # ------------------------------------------------------------------ people

    def problems(self) -> list[dict[str, Any]]:
        """Rows that a person must look at: {n, entity, key, state, answer}."""
        rows = self._store.db.execute(
            "SELECT n, entity, key, state, answer FROM outbox"
            " WHERE state IN ('conflict', 'rejected') ORDER BY n"
        )
        return [{**dict(row), "answer": json.loads(row["answer"])} for row in rows]

    def waiting(self) -> dict[str, int]:
        """Number of rows by state."""
        rows = self._store.db.execute(
            "SELECT state, count(*) AS rows FROM outbox GROUP BY state"
        )
        return {str(row["state"]): int(row["rows"]) for row in rows}

    def again(self, n: int, force: bool = False) -> bool:
        """Send a refused row once more; `force`: your values win over theirs."""
        with self._store.transaction():
            row = self._store.db.execute(
                "SELECT body FROM outbox WHERE n = ?"
                " AND state IN ('conflict', 'rejected')",
                [n],
            ).fetchone()
            if not row:
                return False
            body = {**json.loads(row["body"]), **({"force": True} if force else {})}
            self._store.db.execute(
                "UPDATE outbox SET state = 'waiting', answer = '', body = ?"
                " WHERE n = ?",
                [dump(body), n],
            )
        return True

    def drop(self, n: int) -> bool:
        """Give a refused row up; what the server holds stays."""
        dropped = self._store.db.execute(
            "DELETE FROM outbox WHERE n = ? AND state IN ('conflict', 'rejected')", [n]
        )
        return dropped.rowcount == 1


def _fit_key(entity: str, key: str) -> str:
    if not key or key != key.strip() or len(key) > MAX_KEY:
        raise Unfit(f"{entity}: {key[:MAX_KEY]!r} cannot be a key")
    return str(wire.fit(key, f"{entity} {key!r}"))
