import datetime

import ibis
from ibis import Table

TABLE = "crm_cube_purchase"

# What marts read of the fact; the whole of it is in models/purchase_fact.py.
SCHEMA = {
    "id": "int64",
    "date": "date",
    "partner_id": "int32",
    "company_id": "int32",
    "quantity": "decimal(18, 4)",
    "amount": "decimal(18, 4)",
    "cost": "decimal(18, 4)",
    "margin": "decimal(18, 4)",
}


def purchases(company_id: int, until: datetime.date | None = None) -> Table:
    """The purchase fact of one company up to a day, rows without a date left out.

    Amounts are without tax in the company's currency, refunds negative.
    """
    fact = ibis.table(SCHEMA, name=TABLE)
    fact = fact.filter(fact.company_id == company_id, fact.date.notnull())
    return fact if until is None else fact.filter(fact.date <= until)


def to_sql(expression: Table, dialect: str = "duckdb") -> str:
    """The expression as SQL of an engine: `duckdb`, `postgres`, `pyspark`, ..."""
    return str(ibis.to_sql(expression, dialect=dialect))
