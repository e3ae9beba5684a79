"""Breakage: the part of points that customers will never redeem (IFRS 15.B44-B47)."""

from collections.abc import Sequence
from dataclasses import dataclass

from .chain_ladder import Triangle, develop

LEAST_COHORTS = 12  # months of history below which nothing is forecast
LEAST_REDEEMED = 1000.0  # points redeemed below which nothing is forecast


@dataclass(frozen=True)
class Cohort:
    """Points earned in one month, as they stand now.

    :param earned: less what was taken back because the sale was
    :param redeemed: of these, spent so far
    :param outstanding: of these, neither spent nor expired
    """

    earned: float
    redeemed: float
    outstanding: float


def is_enough(cohorts: Sequence[Cohort]) -> bool:
    """Whether a forecast may stand on these; IFRS 15.B46 asks for no less."""
    redeemed = sum(cohort.redeemed for cohort in cohorts)
    return len(cohorts) >= LEAST_COHORTS and redeemed >= LEAST_REDEEMED


def forecast(cohorts: Sequence[Cohort], triangle: Triangle) -> list[float]:
    """Points that each cohort will have redeemed in the end.

    The chain ladder gives how far each age has come; how much a cohort will redeem in
    all is its own trend where it redeemed something, else that of all cohorts per point
    earned (the Cape Cod method, Buehlmann & Straub; Stanard 1985). What is outstanding
    bounds it.

    :param cohorts: the oldest first
    :param triangle: redeemed so far by age in months, a row per cohort

    >>> half = Cohort(100, 40, 60)
    >>> new = Cohort(100, 20, 80)
    >>> [round(x) for x in forecast([half, new], [[20, 40], [20]])]
    [40, 40]
    """
    growth = develop(triangle)
    shares = [growth.share(len(row) - 1) if row else 0.0 for row in triangle]
    reached = sum(s * c.earned for s, c in zip(shares, cohorts, strict=True))
    overall = sum(c.redeemed for c in cohorts) / reached if reached > 0 else 0.0
    ends = []
    for cohort, share in zip(cohorts, shares, strict=True):
        if cohort.redeemed > 0 and share > 0:
            end = cohort.redeemed / share
        else:
            end = cohort.redeemed + (1 - share) * overall * cohort.earned
        end = min(max(end, cohort.redeemed), cohort.redeemed + cohort.outstanding)
        ends.append(end)
    return ends


def with_rate(cohorts: Sequence[Cohort], rate: float) -> list[float]:
    """The same where the share never redeemed is stated, not forecast.

    :param rate: between 0 and 1, of all points earned

    >>> with_rate([Cohort(100, 10, 90), Cohort(100, 97, 3), Cohort(10, 2, 0)], 0.05)
    [95.0, 97, 2]
    """
    return [
        min(max(c.earned * (1 - rate), c.redeemed), c.redeemed + c.outstanding)
        for c in cohorts
    ]
