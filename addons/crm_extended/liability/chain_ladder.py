"""How much of what was earned together will ever be redeemed.

Points earned in one month are a cohort; how their redemption grows with age is a
run-off triangle, as claims are to an insurer. T. Mack, "Distribution-free calculation
of the standard error of chain ladder reserve estimates", ASTIN Bulletin 23 (1993).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

Triangle = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Development:
    """How a triangle grows from age to age.

    :param factors: what is redeemed at age k + 1 for one redeemed at age k
    :param variances: Mack's sigma squared of each factor
    :param bases: what each factor was measured on; 0: on nothing, the factor is 1
    """

    factors: list[float]
    variances: list[float]
    bases: list[float] = field(default_factory=list)

    def share(self, age: int) -> float:
        """Of the final redemption, the part that is reached at `age` (0, 1, ...)."""
        return 1.0 / math.prod(self.factors[age:]) if self.factors[age:] else 1.0


def develop(triangle: Triangle) -> Development:
    """Volume-weighted factors of a triangle of cumulative figures.

    :param triangle: a row per cohort, the oldest first; its figures by age. Rows get
        shorter as cohorts get younger.
    """
    ages = max((len(row) for row in triangle), default=0)
    factors, variances, bases = [], [], []
    for age in range(ages - 1):
        pairs = [(row[age], row[age + 1]) for row in triangle if len(row) > age + 1]
        base = sum(before for before, _after in pairs)
        grown = sum(after for _before, after in pairs)
        factor = grown / base if base > 0 else 1.0
        factors.append(factor)
        bases.append(base)
        scatter = sum(
            before * (after / before - factor) ** 2
            for before, after in pairs
            if before > 0
        )
        free = sum(1 for before, _after in pairs if before > 0) - 1
        variances.append(scatter / free if free > 0 else math.nan)
    _extrapolate_last(variances)
    return Development(factors, variances, bases)


def _extrapolate_last(variances):
    """The last factor was seen once: Mack's rule gives it the smallest plausible."""
    for place, variance in enumerate(variances):
        if not math.isnan(variance):
            continue
        known = [v for v in variances[max(place - 2, 0) : place] if not math.isnan(v)]
        if len(known) == 2:
            before, last = known
            ratio = last**2 / before if before > 0 else 0.0
            variances[place] = min(ratio, before, last)
        else:
            variances[place] = min(known, default=0.0)


def ultimates(triangle: Triangle, development: Development | None = None) -> list:
    """What each cohort will have redeemed in the end."""
    development = development or develop(triangle)
    return [
        row[-1] / development.share(len(row) - 1) if row else 0.0 for row in triangle
    ]


def standard_errors(triangle: Triangle) -> tuple[list[float], float]:
    """Root mean squared errors of each cohort's ultimate, and of their sum.

    Mack (1993), theorem 3 and its corollary.
    """
    growth = develop(triangle)
    full = [_complete(row, growth) for row in triangle]
    ends = [row[-1] for row in full]
    errors, total = [], 0.0
    # a row of equal length follows another only where a cohort lacks its last figure
    for place, row in enumerate(triangle):
        terms = [
            (
                growth.variances[age] / growth.factors[age] ** 2,
                full[place][age],
                _base(triangle, age),
            )
            for age in range(len(row) - 1, len(growth.factors))
            if growth.factors[age] and _base(triangle, age)
        ]
        own = sum(v * (1 / at + 1 / base) for v, at, base in terms if at > 0)
        errors.append(ends[place] * math.sqrt(own))
        shared = sum(2 * v / base for v, _at, base in terms)
        total += errors[-1] ** 2 + ends[place] * sum(ends[place + 1 :]) * shared
    return errors, math.sqrt(total)


def _complete(row, growth):
    done = list(row)
    for factor in growth.factors[len(row) - 1 :]:
        done.append(done[-1] * factor)
    return done


def _base(triangle, age):
    return sum(row[age] for row in triangle if len(row) > age + 1)
