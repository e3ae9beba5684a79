"""Proof that the copy is equal to what the server holds, or the list of differences."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from .digest import DIGITS, bucket, hash_of, revision
from .errors import SettingsError
from .exchange import Exchange
from .progress import Report, silent
from .pulling import pull
from .replica import Replica
from .store import Store

FEW = 300  # records that are rather named than hashed in smaller buckets
ATTEMPTS = 5
Revisions = dict[int, str]


@dataclass
class Comparison:
    """:ivar differences: one sentence each"""

    records: int = 0
    calls: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        if self.equal:
            return f"equal, {self.records:,} records (asked {self.calls:,} times)"
        return f"{len(self.differences):,} differences in {self.records:,} records"


def compare(
    exchange: Exchange, store: Store, entity: str, report: Report = silent
) -> Comparison:
    """Bring the copy up to date, then compare bucket by bucket, by hashes.

    Only differing buckets are looked into. Revisions are computed anew from the data
    that are stored, so a spoilt file is found as well as a lost change. When the server
    changes in between, it is compared again.

    :raises SettingsError: when the entity was never pulled
    """
    replica = _replica(store, entity)
    for _ in range(ATTEMPTS):
        pull(exchange, replica)
        walk = _Walk(exchange, entity, _revisions(store, entity), report)
        walk.run()
        if walk.found.equal or not walk.moved:
            break
    return walk.found


def _replica(store: Store, entity: str) -> Replica:
    for row in store.db.execute("SELECT entities FROM feed ORDER BY entities"):
        names = json.loads(row["entities"])
        if entity in names:
            return Replica(store, names)
    raise SettingsError(f"there is no copy of {entity} yet: pull it first")


def _revisions(store: Store, entity: str) -> Revisions:
    rows = store.db.execute(
        "SELECT id, data FROM record WHERE entity = ? ORDER BY id", [entity]
    )
    return {int(row["id"]): revision(json.loads(row["data"])) for row in rows}


class _Walk:
    """Down the tree of buckets, where it differs.

    :ivar moved: whether the server changed since the first answer
    """

    def __init__(
        self, exchange: Exchange, entity: str, ours: Revisions, report: Report
    ) -> None:
        self._exchange, self._entity, self._report = exchange, entity, report
        self._ours = ours
        self._head = ""
        self.moved = False
        self.found = Comparison(records=len(ours))

    def run(self) -> None:
        self._bucket("", 4)

    def _ask(self, prefix: str, level: int) -> dict[str, object]:
        answer = self._exchange.digest(self._entity, prefix=prefix, level=level)
        self.found.calls += 1
        head = str(answer["head"])
        self.moved |= bool(self._head) and head != self._head
        self._head = self._head or head
        self._report("comparing", self.found.calls, 0)
        return answer

    def _bucket(self, prefix: str, level: int) -> None:
        length = len(prefix) + level
        ours: dict[str, list[tuple[int, str]]] = {}
        for number, rev in self._ours.items():
            if bucket(number, len(prefix)) == prefix:
                ours.setdefault(bucket(number, length), []).append((number, rev))
        answer = self._ask(prefix, level)
        told = answer["buckets"]
        assert isinstance(told, list)
        theirs = {str(one["prefix"]): one for one in told}
        for name in sorted(ours.keys() | theirs.keys()):
            records, one = ours.get(name, []), theirs.get(name, {"count": 0})
            if one.get("hash") and one["hash"] == hash_of(records):
                continue
            hashed = bool(one.get("hash")) or not one["count"]
            if length == DIGITS or (hashed and one["count"] <= FEW):
                self._items(name, dict(records))
            else:
                self._bucket(name, min(1, DIGITS - length))

    def _items(self, prefix: str, ours: Revisions) -> None:
        named = self._ask(prefix, 0)["items"]
        assert isinstance(named, list)
        theirs = {int(one["id"]): str(one["rev"]) for one in named}
        for number in sorted(ours.keys() | theirs.keys()):
            if number not in ours:
                self.found.differences.append(f"{number} is missing here")
            elif number not in theirs:
                self.found.differences.append(f"{number} is not at the server")
            elif ours[number] != theirs[number]:
                self.found.differences.append(f"{number} differs")
