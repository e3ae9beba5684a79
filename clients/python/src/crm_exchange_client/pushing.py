"""Sending the outbox until it is empty."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .batch import MAX_ROWS, Batch, Batches
from .errors import Refused
from .exchange import Exchange
from .outbox import Outbox
from .progress import Report, silent

_PLACE = re.compile(r"rows\[(\d+)\]")


@dataclass
class Pushed:
    """:ivar statuses: number of rows by what became of them"""

    batches: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return sum(self.statuses.values())


def push(
    exchange: Exchange,
    outbox: Outbox,
    on_conflict: str = "",
    report: Report = silent,
) -> Pushed:
    """Send batch by batch; refused rows stay in the outbox with the reason.

    Can be interrupted at any moment and called again.

    :param on_conflict: `reject`, `merge3` or `source_priority`; empty: as agreed
    """
    done, most = Pushed(), MAX_ROWS
    while batch := outbox.batches.next(most):
        try:
            results = exchange.push(batch.id, batch.rows, on_conflict=on_conflict)
        except Refused as error:
            most = _refused(outbox.batches, batch, error)
            continue
        outbox.batches.settle(batch, results)
        done.batches += 1
        done.statuses.update(str(result["status"]) for result in results)
        waiting = outbox.waiting().get("waiting", 0)
        report("pushing", done.rows, done.rows + waiting)
    return done


def rehearse(exchange: Exchange, outbox: Outbox) -> list[dict[str, Any]]:
    """What the server would do with the first batch that waits; nothing is changed."""
    rows = outbox.batches.preview()
    if not rows:
        return []
    return exchange.push(f"rehearsal-{uuid.uuid4().hex}", rows, dry_run=True)


def _refused(batches: Batches, batch: Batch, error: Refused) -> int:
    """Set aside what made the server refuse the batch; returns the next batch's size.

    :raises Refused: when it is not the rows' fault; the batch is then sent again later
    """
    found = _PLACE.match(error.path)
    if error.code == "too_large" and not found and len(batch.rows) > 1:
        batches.release(batch)
        return len(batch.rows) // 2
    if not found and not (error.code == "too_large" and len(batch.rows) == 1):
        raise error
    place = int(found[1]) if found else 0
    if place >= len(batch.rows):
        raise error
    told = {"code": error.code, "message": error.reason, "path": error.path}
    batches.refuse(batch, place, told)
    return MAX_ROWS
