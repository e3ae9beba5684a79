"""How several multipliers of points work together, and how that is told."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .points import Part, round_down

HIGHEST, PRODUCT = "max", "product"


@dataclass(frozen=True)
class Multiplier:
    """A factor on points. With `products` it is for the points of these lines alone."""

    id: int
    factor: float
    products: frozenset[int] | None = None


@dataclass
class Outcome:
    """Points after multiplying, and per multiplier the points that it worked on."""

    points: float
    factor: float = 1.0
    worked: dict[int, float] = field(default_factory=dict)


def combine(factors: Iterable[float], how: str, ceiling: float = 0.0) -> float:
    """One factor of several: the highest, or all multiplied; never above the ceiling.

    Without any it is 1. Ceiling 0 means none.

    >>> combine([2, 1.5], HIGHEST), combine([2, 1.5], PRODUCT), combine([], HIGHEST)
    (2, 3.0, 1.0)
    >>> combine([2, 3], PRODUCT, ceiling=5)
    5
    """
    factors = list(factors)
    if not factors:
        return 1.0
    one = max(factors) if how == HIGHEST else math.prod(factors)
    return min(one, ceiling) if ceiling else one


def multiply(
    points: float,
    parts: Sequence[Part],
    multipliers: Sequence[Multiplier],
    product_of: Callable[[int], int],
    how: str = HIGHEST,
    ceiling: float = 0.0,
) -> Outcome:
    """Points of an order after the multipliers that hold for it.

    A multiplier of products works on the points of their lines; points given for the
    order as a whole are of no line. Each part has its own factor. A discount lowers all
    parts alike: the order's factor is the mean of its parts' factors, weighted by the
    points above zero.

    :param product_of: the product of a line by its place
    """
    if not multipliers or points <= 0:
        return Outcome(points)
    weight = weighted = 0.0
    worked: dict[int, float] = {}
    for part in parts:
        if part.points <= 0:
            continue
        product = None if part.line is None else product_of(part.line)
        mine = [m for m in multipliers if m.products is None or product in m.products]
        used = _used(mine, how)
        for multiplier in used:
            worked[multiplier.id] = worked.get(multiplier.id, 0.0) + part.points
        weight += part.points
        weighted += part.points * combine((m.factor for m in mine), how, ceiling)
    factor = weighted / weight if weight else 1.0
    share = points / weight if weight else 1.0
    told = {id_: round_down(base * share) for id_, base in worked.items()}
    return Outcome(round_down(points * factor), factor, told)


def _used(mine, how):
    if how == HIGHEST and mine:
        return [max(mine, key=lambda m: (m.factor, -m.id))]
    return mine
