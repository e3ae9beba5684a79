"""Which programmes of a group an order may have together."""

from collections.abc import Iterable
from dataclasses import dataclass

BEST, PRIORITY = "best", "priority"


@dataclass(frozen=True)
class Offer:
    """What one programme would give: its worth in money, and its place in the order."""

    program: int
    worth: float
    sequence: int = 0


def choose(offers: Iterable[Offer], how: str, limit: int = 1) -> list[Offer]:
    """The offers that stay: the `limit` worth most, or first in the order of priority.

    Ties go to the lower sequence, then to the older programme, so that an order that is
    looked at twice has the same programmes.

    >>> offers = [Offer(1, 5.0, 2), Offer(2, 9.0, 3), Offer(3, 5.0, 1)]
    >>> [offer.program for offer in choose(offers, BEST)]
    [2]
    >>> [offer.program for offer in choose(offers, BEST, limit=2)]
    [2, 3]
    >>> [offer.program for offer in choose(offers, PRIORITY, limit=2)]
    [3, 1]
    """

    def place(offer):
        worth = -round(offer.worth, 6) if how == BEST else 0.0
        return worth, offer.sequence, offer.program

    return sorted(offers, key=place)[: max(limit, 0)]
