import datetime

import ibis
from ibis import Table

from .purchases import purchases


def customer_days(fact: Table) -> Table:
    """Grain: customer and day on which something was bought or returned.

    Columns: partner_id, date, amount (net of the day, currency of the company), bought.
    Several purchases of a day are one: people split baskets. A day on which more was
    returned than bought is no purchase day (`bought` is false), gifts for nothing are.
    """
    days = fact.group_by("partner_id", "date").agg(
        amount=fact.amount.sum(), highest=fact.amount.max()
    )
    bought = (days.highest >= 0) & (days.amount >= 0)
    return days.select("partner_id", "date", "amount", bought=bought)


def customer_history(company_id: int, until: datetime.date) -> Table:
    """Grain: customer who ever bought, as known at the end of the day `until`.

    Columns, for the models of buying till you die:

    - partner_id
    - frequency: repeat purchase days (the first day is how we met), x in the literature
    - recency_days: days from first to last purchase day, t_x
    - age_days: days from the first purchase day to `until`, T
    - mean_value: currency per repeat purchase day; 0 without repeats
    - total_value: currency, all purchases less returns
    - first_date, last_date
    """
    # One pass over days, without a join: what was spent after the first day is what
    # was spent less the first day.
    days = customer_days(purchases(company_id, until))
    history = days.group_by("partner_id").agg(
        days=days.bought.sum(),
        first_date=days.date.min(where=days.bought),
        last_date=days.date.max(where=days.bought),
        spent=days.amount.sum(where=days.bought),
        first_amount=days.amount.argmin(days.date, where=days.bought),
        total_value=days.amount.sum(),
    )
    history = history.filter(history.days > 0)
    frequency = (history.days - 1).cast("int64")
    repeated = (history.spent - history.first_amount).cast("float64")
    return history.select(
        "partner_id",
        frequency=frequency,
        recency_days=history.last_date.delta(history.first_date, unit="day"),
        age_days=_day(until).delta(history.first_date, unit="day"),
        mean_value=(repeated / frequency.nullif(0)).fill_null(0.0),
        total_value=history.total_value.cast("float64"),
        first_date=history.first_date,
        last_date=history.last_date,
    ).order_by("partner_id")


def _day(day: datetime.date):
    return ibis.date(day.year, day.month, day.day)
