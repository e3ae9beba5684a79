import datetime

from ibis import Table

from .customer_history import customer_days
from .purchases import purchases


def holdout(company_id: int, cut_off: datetime.date, until: datetime.date) -> Table:
    """Grain: customer who bought after the day `cut_off`, up to and including `until`.

    Columns: partner_id, days (purchase days), value (currency, net).
    """
    fact = purchases(company_id, until)
    later = fact.filter(fact.date > cut_off)
    days = customer_days(later).filter(lambda day: day.bought)
    return (
        days.group_by("partner_id")
        .agg(days=days.count(), value=days.amount.sum().cast("float64"))
        .order_by("partner_id")
    )
