"""Is a number higher in a group than outside it, and by how much?"""

import math
from dataclasses import dataclass

from .distribution import student_two_sided

LEAST = 5  # numbers a side must have before anything is said of its mean


@dataclass(frozen=True)
class Sample:
    """What is known of the numbers of one side: count, mean, deviation and median."""

    count: int
    mean: float
    deviation: float  # of the sample, divided by count - 1
    median: float


@dataclass(frozen=True)
class Difference:
    """How far the mean of a group lies from that of the rest.

    `effect` is in standard deviations, `t`, `freedom` and `p` are of Welch's test;
    None where the numbers are too few to tell or do not vary.
    """

    inside: Sample
    rest: Sample
    effect: float | None
    t: float | None
    freedom: float | None
    p: float | None

    @property
    def size(self) -> str:
        """The effect in Cohen's (1988) words: none, small, medium or large."""
        effect = abs(self.effect or 0)
        steps = (("large", 0.8), ("medium", 0.5), ("small", 0.2))
        return next((name for name, least in steps if effect >= least), "none")


def compare_means(inside: Sample, rest: Sample) -> Difference:
    """Compare two independent groups without assuming that they vary alike.

    Effect: Hedges' g, Cohen's d by the pooled deviation less its bias in small samples
    (Hedges 1981). Test: Welch (1947).
    """
    effect = t = freedom = p = None
    if min(inside.count, rest.count) >= LEAST:
        gap = inside.mean - rest.mean
        effect = _get_effect(gap, inside, rest)
        parts = [side.deviation**2 / side.count for side in (inside, rest)]
        if sum(parts) > 0:
            t = gap / math.sqrt(sum(parts))
            weights = zip(parts, (inside.count, rest.count), strict=True)
            freedom = sum(parts) ** 2 / sum(v * v / (n - 1) for v, n in weights)
            p = student_two_sided(t, freedom)
    return Difference(inside, rest, effect, t, freedom, p)


def _get_effect(gap: float, inside: Sample, rest: Sample) -> float | None:
    freedom = inside.count + rest.count - 2
    squares = (inside.count - 1) * inside.deviation**2
    squares += (rest.count - 1) * rest.deviation**2
    if not squares:
        return None
    return gap / math.sqrt(squares / freedom) * (1 - 3 / (4 * freedom - 1))
