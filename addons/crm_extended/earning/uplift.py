"""What a programme brought: customers who have it against a control group.

Welch's test (Welch 1947, The generalization of "Student's" problem when several
different population variances are involved, Biometrika 34): groups of unequal size and
spread, nothing assumed of the variances. It compares means per customer, customers who
bought nothing included. Purchases are skewed; means of some hundred customers are near
enough to normal (Kohavi, Tang and Xu 2020, chapter 17: 355 x skewness^2 in each), fewer
are warned of.
"""

import math
from dataclasses import dataclass, field

from . import student

FEWEST = 100  # customers in each group, below which nothing is concluded
SKEW = 355  # customers per squared skewness, for a mean to be near normal


@dataclass(frozen=True)
class Group:
    """Sums over the customers of a group: all that the comparison needs."""

    count: int
    total: float
    squares: float  # sum of squares
    cubes: float = 0.0  # sum of cubes, for the skewness
    buyers: int = 0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """Of the population, estimated: divided by n - 1."""
        if self.count < 2:
            return 0.0
        return max(self.squares - self.total * self.mean, 0.0) / (self.count - 1)

    @property
    def skewness(self) -> float:
        if self.count < 3 or not self.variance:
            return 0.0
        mean, n = self.mean, self.count
        third = self.cubes / n - 3 * mean * self.squares / n + 2 * mean**3
        return third / (self.variance * (n - 1) / n) ** 1.5


def group(values) -> Group:
    """
    >>> group([1.0, 2.0, 3.0]).variance
    1.0
    """
    values = list(values)
    return Group(
        len(values),
        sum(values),
        sum(v * v for v in values),
        sum(v**3 for v in values),
        sum(1 for v in values if v),
    )


@dataclass(frozen=True)
class Uplift:
    """Difference of means, treated less control, with its interval."""

    difference: float
    low: float
    high: float
    t: float
    df: float
    p: float
    relative: float | None  # of the control's mean
    warnings: tuple[str, ...] = field(default=())

    @property
    def is_sure(self) -> bool:
        """The interval leaves zero out."""
        return self.low > 0 or self.high < 0


def compare(treated: Group, control: Group, confidence: float = 0.95) -> Uplift:
    """Welch's comparison of two groups.

    Warnings: `few` (a group below `FEWEST`), `skewed` (too few for this skewness),
    `nobody` (no variance at all: nothing can be said).
    """
    difference = treated.mean - control.mean
    relative = difference / control.mean if control.mean else None
    warnings = _warnings(treated, control)
    one = treated.variance / treated.count if treated.count else 0.0
    other = control.variance / control.count if control.count else 0.0
    error = math.sqrt(one + other)
    if min(treated.count, control.count) < 2 or not error:
        infinite = (-math.inf, math.inf)
        return Uplift(difference, *infinite, 0.0, 0.0, 1.0, relative, warnings)
    df = (one + other) ** 2 / (
        one**2 / (treated.count - 1) + other**2 / (control.count - 1)
    )
    margin = student.quantile(confidence, df) * error
    t = difference / error
    return Uplift(
        difference,
        difference - margin,
        difference + margin,
        t,
        df,
        student.two_sided(t, df),
        relative,
        warnings,
    )


def needed(variance: float, effect: float, share: float) -> int:
    """Customers needed in all to see an effect four times of five at 5 %.

    :param effect: difference of means that is worth knowing
    :param share: of the control group, 0 to 1

    >>> needed(100.0, 5.0, 0.5)  # the rule of 16 s^2 / d^2 in each group: Lehr 1992
    126
    """
    if not effect or not 0 < share < 1:
        return 0
    z = 1.959964 + 0.841621
    return math.ceil(z * z * variance / effect**2 * (1 / share + 1 / (1 - share)))


def _warnings(treated, control):
    found = []
    if min(treated.count, control.count) < FEWEST:
        found.append("few")
    if not treated.variance and not control.variance:
        found.append("nobody")
    elif any(g.count < SKEW * g.skewness**2 for g in (treated, control)):
        found.append("skewed")
    return tuple(found)
