"""The period that a tier looks at, and until when what was reached is kept."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

ROLLING = "rolling"
MONTHS = {"month": 1, "quarter": 3, "year": 12}  # calendar periods


@dataclass(frozen=True, slots=True)
class Period:
    """A rolling or a calendar period.

    :param kind: `rolling`, `month`, `quarter` or `year`
    :param months: length of a rolling period

    >>> Period("rolling", 12).window(date(2026, 3, 31))
    (datetime.date(2025, 4, 1), datetime.date(2026, 3, 31))
    >>> Period("quarter").window(date(2026, 5, 20))
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """

    kind: str
    months: int = 12

    def __post_init__(self):
        if self.kind != ROLLING and self.kind not in MONTHS:
            raise ValueError(f"unknown period {self.kind!r}")
        if self.months < 1:
            raise ValueError("a period lasts a month at least")

    def window(self, day: date) -> tuple[date, date]:
        """First and last day of the period that `day` is in."""
        if self.kind == ROLLING:
            return add_months(day, -self.months) + timedelta(days=1), day
        length = MONTHS[self.kind]
        first = date(day.year, (day.month - 1) // length * length + 1, 1)
        return first, end_of_month(add_months(first, length - 1))

    def keep_until(self, day: date, more: int) -> date:
        """The last day a level is kept for that was reached on `day`.

        A calendar period is kept to its end and for `more` whole periods. A rolling one
        is kept for `more` months to the end of the month: moved by a day each night,
        the day would have to be written anew for every member each night.

        >>> Period("year").keep_until(date(2026, 3, 5), 1)
        datetime.date(2027, 12, 31)
        >>> Period("rolling", 12).keep_until(date(2026, 3, 5), 12)
        datetime.date(2027, 3, 31)
        """
        if more < 0:
            raise ValueError("what was reached cannot be kept for less than nothing")
        if self.kind == ROLLING:
            return end_of_month(add_months(day, more))
        first, _last = self.window(day)
        length = MONTHS[self.kind]
        return end_of_month(add_months(first, length * (more + 1) - 1))


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last where it has none such.

    >>> add_months(date(2024, 2, 29), -12)
    datetime.date(2023, 2, 28)
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of_month(day: date) -> date:
    """
    >>> end_of_month(date(2024, 2, 3))
    datetime.date(2024, 2, 29)
    """
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
