"""Which points are used first: those that expire first, of equals the older."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Lot:
    """Points earned together.

    :param remaining: not used yet, held ones included
    :param held: of these, promised to reservations
    :param expires_at: from then on they cannot be used; None: never
    :param available_at: until then they are pending, such as for a return period
    """

    id: int
    remaining: int
    held: int = 0
    expires_at: datetime | None = None
    available_at: datetime | None = None

    @property
    def free(self) -> int:
        return self.remaining - self.held

    def is_usable(self, now: datetime) -> bool:
        """At the very moment of expiry it is not; when it becomes available, it is."""
        if self.available_at is not None and self.available_at > now:
            return False
        return self.expires_at is None or self.expires_at > now


def order(lots: Iterable[Lot]) -> list[Lot]:
    """First to expire first out, never-expiring last, of equals the older first."""
    return sorted(lots, key=lambda lot: (lot.expires_at or datetime.max, lot.id))


def available(lots: Iterable[Lot], now: datetime) -> int:
    """Points that can be used now."""
    return sum(lot.free for lot in lots if lot.is_usable(now))


def allocate(lots: Sequence[Lot], amount: int, now: datetime) -> list[tuple[int, int]]:
    """(lot, points) that make up `amount`; fewer when there are not enough.

    >>> a = Lot(1, 50, expires_at=datetime(2026, 6, 1))
    >>> b = Lot(2, 50, expires_at=datetime(2026, 3, 1))
    >>> allocate([a, b, Lot(3, 9)], 60, datetime(2026, 1, 1))
    [(2, 50), (1, 10)]
    >>> allocate([a, b], 60, datetime(2026, 3, 1))
    [(1, 50)]
    """
    taken = []
    for lot in order(lot for lot in lots if lot.is_usable(now)):
        part = min(lot.free, amount)
        if part > 0:
            taken.append((lot.id, part))
            amount -= part
    return taken
