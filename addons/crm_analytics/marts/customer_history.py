import datetime

import ibis
from ibis import Table

from .purchases import purchases


def purchase_days(fact: Table) -> Table:
    """Grain: customer and day on which something was bought. Unit: currency of the
    company.

    Several purchases of a day are one: people split baskets. A day on which more was
    returned than bought is no purchase day, gifts for nothing are.

    Columns: partner_id, date, amount (net of the day).
    """
    bought = (fact.amount >= 0).any()
    days = fact.group_by("partner_id", "date").agg(
        amount=fact.amount.sum(), bought=bought
    )
    return days.filter(days.bought, days.amount >= 0).drop("bought")


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
    fact = purchases(company_id, until)
    days = purchase_days(fact)
    first = days.group_by("partner_id").agg(first_date=days.date.min())
    days = days.join(first, "partner_id")
    repeated = days.date > days.first_date
    history = days.group_by("partner_id", "first_date").agg(
        frequency=repeated.sum(),
        last_date=days.date.max(),
        repeat_value=days.amount.sum(where=repeated),
    )
    totals = fact.group_by("partner_id").agg(total_value=fact.amount.sum())
    history = history.join(totals, "partner_id")
    mean = history.repeat_value.cast("float64") / history.frequency.nullif(0)
    return history.select(
        "partner_id",
        frequency=history.frequency.cast("int64"),
        recency_days=history.last_date.delta(history.first_date, unit="day"),
        age_days=_day(until).delta(history.first_date, unit="day"),
        mean_value=mean.fill_null(0.0),
        total_value=history.total_value.cast("float64"),
        first_date=history.first_date,
        last_date=history.last_date,
    ).order_by("partner_id")


def _day(day: datetime.date):
    return ibis.date(day.year, day.month, day.day)
