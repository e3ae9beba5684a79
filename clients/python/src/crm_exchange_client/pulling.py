"""Bringing the replica up to the server, from wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Refused
from .exchange import Exchange
from .progress import Report, silent
from .replica import Replica

# the place is no longer good: load everything again
LOST = ("cursor_expired", "cursor_epoch", "cursor_scope", "cursor_future")


@dataclass
class Pulled:
    """:ivar restarts: how often everything had to be loaded again"""

    items: int = 0
    pages: int = 0
    restarts: int = 0


def pull(
    exchange: Exchange, replica: Replica, limit: int = 1000, report: Report = silent
) -> Pulled:
    """Pull page by page until nothing is left, then confirm.

    Can be interrupted at any moment and called again.
    """
    done, more = Pulled(), True
    while more:
        try:
            page = exchange.pull(replica.cursor, replica.entities, limit)
        except Refused as error:
            if error.code not in LOST or not replica.cursor:
                raise
            replica.start_again()
            done.restarts += 1
            continue
        replica.apply(page)
        done.items += len(page["items"])
        done.pages += 1
        more = bool(page["more"])
        lag = int(page.get("lag", 0)) if replica.phase == "changes" else 0
        report("pulling", done.items, done.items + lag if lag else 0)
    if replica.acked != replica.cursor and replica.phase == "changes":
        exchange.ack(replica.cursor)
        replica.confirmed()
    return done
