"""Days by which something must be answered, or may be kept."""

import calendar
from datetime import date

UNITS = ("month", "year")


def shift(day: date, months: int) -> date:
    """The day some months later or earlier; the last of the month if there is none.

    Periods of EU law end on the day with the number of the first one, or on the last
    of the month (Regulation 1182/71, article 3(2)(c)).

    >>> shift(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    >>> shift(date(2024, 2, 29), -12)
    datetime.date(2023, 2, 28)
    """
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def answer_by(received: date, extended: bool = False) -> date:
    """Last day for the answer to a person: one month, or three when extended.

    GDPR article 12(3).

    >>> answer_by(date(2026, 3, 31))
    datetime.date(2026, 4, 30)
    >>> answer_by(date(2026, 3, 31), extended=True)
    datetime.date(2026, 6, 30)
    """
    return shift(received, 3 if extended else 1)


def kept_since(today: date, number: int, unit: str) -> date:
    """The first day that is still kept today; what was last used before it is over.

    :raises ValueError: unknown unit, or a number outside 1 to 1200
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    if not 1 <= number <= 1200:
        raise ValueError("a period is 1 to 1200 months or years long")
    months = number * (12 if unit == "year" else 1)
    if today.year * 12 + today.month - months <= 12:
        return date(1, 1, 1)
    return shift(today, -months)
