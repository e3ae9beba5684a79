"""What one programme owes at the end of a period, and how it came to that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from .breakage import Cohort, forecast, is_enough, with_rate
from .deferral import allocate, remaining

NOTHING = 1e-6  # points below which nothing is left


@dataclass
class Month:
    """Points earned in one month, and what became of them until the end of the period.

    :param sold: of `earned`, those given with a sale
    :param price: what these sales came to without tax, in the company's currency
    :param used: {(age in months, kind): points}; kinds `spend`, `expire`, and `earn`
        for points taken back
    """

    month: date
    earned: float
    sold: float = 0.0
    price: float = 0.0
    used: Mapping[tuple[int, str], float] = field(default_factory=dict)

    def total(self, kind: str) -> float:
        return sum(n for (_age, what), n in self.used.items() if what == kind)

    @property
    def kept(self) -> float:
        """Earned and not taken back."""
        return self.earned - self.total("earn")

    def redeemed_by_age(self, age: int) -> list[float]:
        """Redeemed so far at the end of each month up to `age`."""
        path, height = [], 0.0
        for step in range(age + 1):
            height += self.used.get((step, "spend"), 0.0)
            path.append(height)
        return path


@dataclass(frozen=True)
class Terms:
    """How a programme is valued.

    :param value: money per point at the end of the period
    :param is_relative: a share of the price paid is deferred, not the full value
    :param breakage: `none`, `stated` or `forecast`
    :param rate: share never redeemed where stated, 0 to 1
    """

    value: float
    is_relative: bool = False
    breakage: str = "none"
    rate: float = 0.0


@dataclass
class Standing:
    """A month's points after the period; points, and money of the company."""

    month: date
    age: int
    earned: float
    undone: float
    redeemed: float
    expired: float
    outstanding: float
    expected: float
    allocated: float = 0.0
    liability: float = 0.0


def months_between(first: date, last: date) -> int:
    """
    >>> months_between(date(2025, 11, 1), date(2026, 1, 31))
    2
    """
    return (last.year - first.year) * 12 + last.month - first.month


def stand(
    months: Sequence[Month],
    end: date,
    terms: Terms,
    locked: Mapping[date, tuple[float, float]] = (),
    money: Callable[[float], float] = float,
) -> tuple[list[Standing], str]:
    """Where each month's points stand on `end`, and how breakage was known.

    :param months: the oldest first
    :param locked: {month: (deferred in all, points kept)} as an earlier period found it
    :param money: rounds to the currency
    :return: standings, and `none`, `stated`, `forecast` or `little` (a forecast was
        wanted, the history is too short for one)
    """
    locked = dict(locked)
    standings = [_stand_one(month, end) for month in months]
    known_from = _expect(months, standings, terms)
    for month, now in zip(months, standings, strict=True):
        if now.outstanding <= NOTHING:
            now.expected = now.redeemed
        if not terms.is_relative:
            now.allocated = money(now.expected * terms.value)
            now.liability = money(max(now.expected - now.redeemed, 0) * terms.value)
            continue
        if month.month in locked:
            before, kept = locked[month.month]
            now.allocated = money(before * month.kept / kept if kept > 0 else 0.0)
        else:
            now.allocated = money(_allocated(month, now, terms.value))
        now.liability = money(remaining(now.allocated, now.redeemed, now.expected))
    return standings, known_from


def _stand_one(month, end):
    redeemed, expired = month.total("spend"), month.total("expire")
    left = month.kept - redeemed - expired
    return Standing(
        month=month.month,
        age=months_between(month.month, end),
        earned=month.earned,
        undone=month.total("earn"),
        redeemed=redeemed,
        expired=expired,
        outstanding=left if left > NOTHING else 0.0,
        expected=redeemed + max(left, 0.0),
    )


def _expect(months, standings, terms):
    """Fill in what will have been redeemed in the end; says how it is known."""
    if terms.breakage == "none":
        return "none"
    cohorts = [
        Cohort(now.earned - now.undone, now.redeemed, now.outstanding)
        for now in standings
    ]
    if terms.breakage == "stated":
        ends = with_rate(cohorts, terms.rate)
    elif is_enough(cohorts):
        pairs = zip(months, standings, strict=True)
        ends = forecast(cohorts, [m.redeemed_by_age(now.age) for m, now in pairs])
    else:
        return "little"
    for now, end in zip(standings, ends, strict=True):
        now.expected = end
    return terms.breakage


def _allocated(month, now, value):
    """What is deferred for a month's points: of sales a share, of others all."""
    if month.kept <= 0 or month.earned <= 0:
        return 0.0
    worth = value * now.expected / month.kept  # of a point, unlikely redemption off
    kept = month.kept / month.earned
    sold = min(month.sold, month.earned) * kept
    _goods, points = allocate(month.price * kept, sold * worth)
    return points + (month.kept - sold) * worth


def movements(
    points: Mapping[str, float],
    standings: Sequence[Standing],
    opening: float | None,
    start: date,
    money: Callable[[float], float] = float,
) -> dict[str, float]:
    """Money of each movement; they add up to `closing` to the cent.

    :param points: opening, earned, redeemed, expired, undone (signed as in the ledger)
    :param opening: money owed before; None in the first period, where what was owed
        before it is a change of estimate
    """
    closing = money(sum(now.liability for now in standings))
    fresh = [now for now in standings if now.month >= start]
    earned = money(sum(now.allocated for now in fresh))
    if opening is None:
        owed = sum(now.allocated for now in standings)
        base = sum(now.earned - now.undone for now in standings)
    else:
        owed, base = opening + earned, points["opening"] + points["earned"]
    each = owed / base if base > NOTHING else 0.0
    found = {"opening": opening or 0.0, "earned": earned}
    for name in ("redeemed", "expired", "undone"):
        found[name] = money(points[name] * each)
    found["estimate"] = money(closing - sum(found.values()))
    return {**found, "closing": closing}
