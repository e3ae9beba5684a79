"""Proof that the copy is equal to what the server holds, or the list of differences."""

from __future__ import annotations

from dataclasses import dataclass, field

from .exchange import Exchange
from .progress import Report, silent
from .replica import Replica
from .store import Store


@dataclass
class Comparison:
    """:ivar differences: one sentence each"""

    records: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        if self.equal:
            return f"equal, {self.records:,} records"
        return f"{len(self.differences):,} differences in {self.records:,} records"


def compare(
    exchange: Exchange, store: Store, entity: str, report: Report = silent
) -> Comparison:
    """Compare the revisions of all records with the server's."""
    ours = Replica(store, [entity]).revisions(entity)
    theirs: dict[int, str] = {}
    cursor, more, phase = "", True, "snapshot"
    while more and phase == "snapshot":
        page = exchange.pull(cursor, [entity])
        theirs.update((int(i["id"]), str(i["rev"])) for i in page["items"])
        cursor, more, phase = page["cursor"], page["more"], page["phase"]
        report("comparing", len(theirs), len(ours))
    found = Comparison(len(theirs))
    for number in sorted(ours.keys() | theirs.keys()):
        if number not in ours:
            found.differences.append(f"{number} is missing here")
        elif number not in theirs:
            found.differences.append(f"{number} is not at the server")
        elif ours[number] != theirs[number]:
            found.differences.append(f"{number} differs")
    return found
