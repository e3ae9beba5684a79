"""Customers by how many points they have: ten bars that a person can read."""

import math
from collections.abc import Iterable

STEPS = (1, 2, 2.5, 5, 10)


def nice_step(span: float, bars: int = 10) -> float:
    """A round width so that `bars` of them cover the span.

    >>> nice_step(93), nice_step(1200), nice_step(7)
    (10, 200, 1)
    """
    rough = span / bars
    if rough <= 0:
        return 1
    unit = 10 ** math.floor(math.log10(rough))
    width = next(step * unit for step in STEPS if step * unit >= rough - 1e-12)
    return int(width) if width >= 1 and width == int(width) else width


def bars(values: Iterable[float]) -> list[dict]:
    """``[{low, high, count}]``; the last bar takes the hundredth that has the most.

    >>> [bar["count"] for bar in bars([1, 2, 12])], bars([1, 2, 12])[-1]
    ([1, 1, 0, 0, 0, 0, 1], {'low': 12, 'high': None, 'count': 1})
    """
    values = sorted(values)
    if not values:
        return []
    top = values[min(len(values) - 1, int(len(values) * 0.99))]
    width = nice_step(top)
    last = max(math.ceil((top + 1e-9) / width) - 1, 0)
    counts = [0] * (last + 1)
    for value in values:
        counts[min(int(value / width), last)] += 1
    return [
        {
            "low": at * width,
            "high": None if at == last else (at + 1) * width,
            "count": count,
        }
        for at, count in enumerate(counts)
    ]
