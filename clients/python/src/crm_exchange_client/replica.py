"""The copy of the server's records, kept equal to it page by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .errors import ContractBroken, StoreBusy
from .store import Store

Item = Mapping[str, Any]
GONE = ("delete", "left_scope", "merged", "erase")


class Replica:
    """Records of one list of entities, and the cursor up to which they are complete.

    A page's items and the cursor after them are stored together: whatever interrupts
    the program, the next run goes on exactly behind the last whole page.

    :param on_item: called with each item inside the transaction; if it raises, the page
        is not stored and comes again
    """

    def __init__(
        self,
        store: Store,
        entities: Sequence[str],
        on_item: Callable[[Item], None] | None = None,
    ) -> None:
        self._store, self._on_item = store, on_item
        self.entities = tuple(sorted(set(entities)))
        self._name = json.dumps(self.entities)
        self._load()

    def _load(self) -> None:
        found = self._store.db.execute(
            "SELECT * FROM feed WHERE entities = ?", [self._name]
        ).fetchone()
        self.cursor = str(found["cursor"]) if found else ""
        self.acked = str(found["acked"]) if found else ""
        self.count = int(found["count"]) if found else 0
        self.phase = str(found["phase"]) if found else ""
        self._generation = int(found["generation"]) if found else 1

    # ------------------------------------------------------------------ pages

    def apply(self, page: Mapping[str, Any]) -> None:
        """Store the items and the cursor of an answer to a pull from `self.cursor`.

        :raises ContractBroken: when numbers are missing; nothing is stored then
        :raises StoreBusy: when another process has moved the cursor meanwhile
        """
        items, count = page["items"], self.count
        with self._store.transaction():
            for item in items:
                count += 1
                if int(item["seq"]) != count:
                    raise ContractBroken(
                        f"item {item['seq']} came where {count} was to come"
                    )
                self._apply_item(item)
            phase = str(page["phase"])
            if phase == "changes" and self.phase != "changes":
                self._forget_older()
            self._keep(str(page["cursor"]), count, phase)
        self.cursor, self.count, self.phase = str(page["cursor"]), count, phase

    def start_again(self) -> None:
        """Load everything anew; what the server has no more goes at the end of it."""
        with self._store.transaction():
            self._generation += 1
            self._keep("", 0, "")
        self.cursor, self.count, self.phase, self.acked = "", 0, "", ""

    def confirmed(self) -> None:
        """The server knows that all up to the cursor is stored."""
        self._store.db.execute(
            "UPDATE feed SET acked = ? WHERE entities = ? AND cursor = ?",
            [self.cursor, self._name, self.cursor],
        )
        self.acked = self.cursor

    def _keep(self, cursor: str, count: int, phase: str) -> None:
        values = [self._name, cursor, self.acked, count, self._generation, phase]
        moved = self._store.db.execute(
            "INSERT INTO feed (entities, cursor, acked, count, generation, phase)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (entities) DO UPDATE SET"
            " cursor = excluded.cursor, acked = excluded.acked,"
            " count = excluded.count, generation = excluded.generation,"
            " phase = excluded.phase WHERE feed.cursor = ? AND feed.count = ?",
            [*values, self.cursor, self.count],
        )
        if moved.rowcount != 1:
            self._load()
            raise StoreBusy("another program pulled into this store meanwhile")

    # ------------------------------------------------------------------ items

    def _apply_item(self, item: Item) -> None:
        entity, number, op = str(item["entity"]), int(item["id"]), str(item["op"])
        db = self._store.db
        if op == "erase":
            self._erase(entity, number)
        db.execute("DELETE FROM own_key WHERE entity = ? AND id = ?", [entity, number])
        if op == "upsert":
            data = json.dumps(item["data"], ensure_ascii=False, sort_keys=True)
            values = [entity, number, str(item["rev"]), data, self._generation]
            db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)", values)
            db.execute("DELETE FROM gone WHERE entity = ? AND id = ?", [entity, number])
            for key in item.get("keys", ()):
                self._know(entity, str(key), number)
        elif op in GONE:
            db.execute(
                "DELETE FROM record WHERE entity = ? AND id = ?", [entity, number]
            )
            db.execute(
                "INSERT OR REPLACE INTO gone VALUES (?, ?, ?, ?)",
                [entity, number, op, item.get("into")],
            )
        else:
            raise ContractBroken(f"an item with the unknown op {op!r} came")
        if self._on_item:
            self._on_item(item)

    def _know(self, entity: str, key: str, number: int) -> None:
        db = self._store.db
        db.execute(
            "INSERT OR REPLACE INTO own_key VALUES (?, ?, ?)", [entity, key, number]
        )
        # the server settled by itself what it had put off
        db.execute(
            "DELETE FROM outbox WHERE entity = ? AND key = ? AND state = 'deferred'",
            [entity, key],
        )

    def _erase(self, entity: str, number: int) -> None:
        """Nothing of an erased person stays, neither in what was nor will be sent."""
        db = self._store.db
        keys = [
            str(row["key"])
            for row in db.execute(
                "SELECT key FROM agreed WHERE entity = ? AND id = ?"
                " UNION SELECT key FROM own_key WHERE entity = ? AND id = ?",
                [entity, number, entity, number],
            )
        ]
        db.execute("DELETE FROM agreed WHERE entity = ? AND id = ?", [entity, number])
        for key in keys:
            db.execute(
                "DELETE FROM outbox WHERE entity = ? AND key = ? AND batch IS NULL",
                [entity, key],
            )

    def _forget_older(self) -> None:
        """After a new first load: what it did not bring is no more."""
        for entity in self.entities:
            condition = "entity = ? AND generation < ?"
            old = [entity, self._generation]
            self._store.db.execute(
                "DELETE FROM own_key WHERE entity = ? AND id IN"
                f" (SELECT id FROM record WHERE {condition})",
                [entity, *old],
            )
            self._store.db.execute(f"DELETE FROM record WHERE {condition}", old)

    # ------------------------------------------------------------------ reading

    def revisions(self, entity: str) -> dict[int, str]:
        """{id: rev} of one entity."""
        rows = self._store.db.execute(
            "SELECT id, rev FROM record WHERE entity = ? ORDER BY id", [entity]
        )
        return {int(row["id"]): str(row["rev"]) for row in rows}

    def record(self, entity: str, number: int) -> dict[str, Any] | None:
        row = self._store.db.execute(
            "SELECT data FROM record WHERE entity = ? AND id = ?", [entity, number]
        ).fetchone()
        return dict(json.loads(row["data"])) if row else None
