import datetime

import ibis
from ibis import Table

from .customer_history import customer_history


def rfm(company_id: int, until: datetime.date) -> Table:
    """Grain: customer who ever bought. Marks 1 (worst) to 5 (best) by fifths of them.

    Columns: partner_id, recency, frequency, monetary (marks), cell (555 is best), and
    what they are made of: last_date, purchases (purchase days), total_value (currency).
    Ties are settled by the customer's id, or engines would disagree.

    Hughes (1994), Strategic Database Marketing.
    """
    history = customer_history(company_id, until)
    history = history.mutate(purchases=history.frequency + 1)

    def fifth(column: str):
        window = ibis.window(order_by=[history[column], history.partner_id])
        return (ibis.ntile(5).over(window) + 1).cast("int64")

    marks = history.select(
        "partner_id",
        "last_date",
        "purchases",
        "total_value",
        recency=fifth("last_date"),
        frequency=fifth("purchases"),
        monetary=fifth("total_value"),
    )
    cell = marks.recency * 100 + marks.frequency * 10 + marks.monetary
    return marks.mutate(cell=cell).order_by("partner_id")
