"""Until when points that are earned on a day can be used."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def last_day(kind: str, count: int, earned: date) -> date | None:
    """The last day on which they can be used; None: they do not expire.

    >>> last_day("months", 1, date(2026, 1, 31))
    datetime.date(2026, 2, 28)
    >>> last_day("year", 0, date(2026, 5, 1)), last_day("year", 1, date(2026, 5, 1))
    (datetime.date(2026, 12, 31), datetime.date(2027, 12, 31))

    :param kind: `none`, `days`, `months`, or `year`: the end of the calendar year,
        `count` years on
    """
    if kind == "days":
        return earned + timedelta(days=count)
    if kind == "months":
        month = earned.month - 1 + count
        year, month = earned.year + month // 12, month % 12 + 1
        day = min(earned.day, calendar.monthrange(year, month)[1])
        return date(year, month, day)
    if kind == "year":
        return date(earned.year + count, 12, 31)
    return None


def end_of_day(day: date, zone: str) -> datetime:
    """The first moment after a day where the shop is, as UTC without zone.

    The day of a clock change has 23 or 25 hours; its end is midnight all the same.

    >>> end_of_day(date(2026, 3, 29), "Europe/Prague")
    datetime.datetime(2026, 3, 29, 22, 0)
    >>> end_of_day(date(2026, 3, 28), "Europe/Prague")
    datetime.datetime(2026, 3, 28, 23, 0)
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return midnight.astimezone(UTC).replace(tzinfo=None)
