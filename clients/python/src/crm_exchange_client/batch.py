"""Batches: frozen with their id before they are sent, kept until answered.

Whoever is killed in between sends the same id with the same rows again, and the server
answers what it answered before: nothing is done twice.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .store import Store

MAX_ROWS = 500
MAX_BYTES = 3 * 1024 * 1024  # of JSON; XML takes twice as much, the server 8 MiB
ACCEPTED = ("created", "updated", "unchanged", "deleted", "merged")


@dataclass(frozen=True)
class Batch:
    """:ivar numbers: numbers of the outbox rows, in the order of `rows`"""

    n: int
    id: str
    rows: list[dict[str, Any]]
    numbers: list[int]


class Batches:
    """Rows of the outbox on their way; one batch at a time, so their order holds."""

    def __init__(self, store: Store, source: str) -> None:
        self._store, self._source = store, source
        self._name = store.setting("store")
        if not self._name:
            self._name = uuid.uuid4().hex[:16]
            store.keep_setting("store", self._name)

    def next(self, most: int = MAX_ROWS) -> Batch | None:
        """The batch to send now: the unanswered one, else a new one; None when done."""
        db = self._store.db
        with self._store.transaction():
            found = db.execute(
                "SELECT n, id, request FROM batch WHERE NOT answered ORDER BY n LIMIT 1"
            ).fetchone()
            if found:
                request = json.loads(found["request"])
                return Batch(found["n"], found["id"], request["rows"], request["ns"])
            rows, numbers = self._waiting(most)
            return self._freeze(rows, numbers) if rows else None

    def preview(self) -> list[dict[str, Any]]:
        """The rows that would go next, without making a batch of them."""
        return self._waiting(MAX_ROWS)[0]

    def _waiting(self, most: int) -> tuple[list[dict[str, Any]], list[int]]:
        rows: list[dict[str, Any]] = []
        numbers: list[int] = []
        size = 0
        for row in self._store.db.execute(
            "SELECT * FROM outbox WHERE state = 'waiting' ORDER BY n LIMIT ?",
            [min(most, MAX_ROWS)],
        ):
            sent = self._row(row)
            size += len(dump(sent).encode())
            if rows and size > MAX_BYTES:
                break
            rows.append(sent)
            numbers.append(int(row["n"]))
        return rows, numbers

    def _freeze(self, rows: list[dict[str, Any]], numbers: list[int]) -> Batch:
        db, request = self._store.db, dump({"rows": rows, "ns": numbers})
        # the digest: a store restored from a backup must not reuse an id for other rows
        digest = hashlib.sha256(dump(rows).encode()).hexdigest()[:16]
        number = db.execute(
            "INSERT INTO batch (id, request) VALUES (?, ?)", [uuid.uuid4().hex, request]
        ).lastrowid
        assert number is not None
        name = f"{self._name}-{number}-{digest}"
        db.execute("UPDATE batch SET id = ? WHERE n = ?", [name, number])
        db.executemany(
            "UPDATE outbox SET state = 'sent', batch = ? WHERE n = ?",
            [(number, n) for n in numbers],
        )
        return Batch(number, name, rows, numbers)

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of the outbox as the service wants it."""
        body = json.loads(row["body"])
        # without a revision the base of a merge is what you told the server last, which
        # is what this row was compared with
        sent = {
            "row_id": str(row["n"]),
            "op": row["op"],
            "entity": row["entity"],
            "key": self._key(row["key"]),
        }
        values = body.get("set", {})
        parts = {
            "set": {name: v for name, v in values.items() if v is not None},
            "unset": [name for name, v in values.items() if v is None],
            "refs": {n: self._key(ref) for n, ref in body.get("refs", {}).items()},
            "observed_at": body.get("observed_at", ""),
            "base_rev": "*" if body.get("force") else "",
        }
        return {**sent, **{name: part for name, part in parts.items() if part}}

    def _key(self, key: str) -> dict[str, str]:
        return {"source": self._source, "id": key}

    # ------------------------------------------------------------------ settling

    def settle(self, batch: Batch, results: Iterable[Mapping[str, Any]]) -> None:
        """Store the answer: what was accepted leaves the outbox, the rest says why."""
        by_row = {str(result["row_id"]): result for result in results}
        with self._store.transaction():
            for n in batch.numbers:
                missing = {"status": "rejected", "errors": [{"code": "no_result"}]}
                self._settle_row(n, by_row.get(str(n), missing))
            self._close(batch)

    def _settle_row(self, n: int, result: Mapping[str, Any]) -> None:
        db = self._store.db
        row = db.execute("SELECT * FROM outbox WHERE n = ?", [n]).fetchone()
        if not row:  # erased meanwhile
            return
        status = str(result["status"])
        if status in ACCEPTED:
            self._agree(row, result)
            db.execute("DELETE FROM outbox WHERE n = ?", [n])
            return
        state = status if status in ("conflict", "deferred") else "rejected"
        db.execute(
            "UPDATE outbox SET state = ?, batch = NULL, answer = ? WHERE n = ?",
            [state, dump(result), n],
        )

    def _agree(self, row: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        db, place = self._store.db, [row["entity"], row["key"]]
        if row["op"] == "delete":
            db.execute("DELETE FROM agreed WHERE entity = ? AND key = ?", place)
            return
        before = db.execute(
            "SELECT body FROM agreed WHERE entity = ? AND key = ?", place
        ).fetchone()
        agreed = json.loads(before["body"]) if before else {"set": {}, "refs": {}}
        sent = json.loads(row["body"])
        for part in ("set", "refs"):
            agreed[part] |= sent.get(part, {})
        values = [result.get("id"), str(result.get("rev", "")), dump(agreed)]
        db.execute(
            "INSERT OR REPLACE INTO agreed VALUES (?, ?, ?, ?, ?)", place + values
        )

    def refuse(self, batch: Batch, place: int, error: Mapping[str, Any]) -> None:
        """One row made the server refuse the batch: set it aside, keep the others."""
        answer = dump({"status": "rejected", "errors": [dict(error)]})
        with self._store.transaction():
            self._store.db.execute(
                "UPDATE outbox SET state = 'rejected', batch = NULL, answer = ?"
                " WHERE n = ?",
                [answer, batch.numbers[place]],
            )
            self._release(batch)

    def release(self, batch: Batch) -> None:
        """Undo a batch of which the server did nothing; its rows wait again."""
        with self._store.transaction():
            self._release(batch)

    def _release(self, batch: Batch) -> None:
        self._store.db.execute(
            "UPDATE outbox SET state = 'waiting', batch = NULL WHERE batch = ?",
            [batch.n],
        )
        self._close(batch)

    def _close(self, batch: Batch) -> None:
        self._store.db.execute(
            "UPDATE batch SET answered = 1, request = '' WHERE n = ?", [batch.n]
        )


def dump(value: object) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
