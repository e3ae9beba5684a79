"""DuckDB's values as the ORM expects them from PostgreSQL's driver."""

from decimal import Decimal

import duckdb


def plain_rows(cursor: duckdb.DuckDBPyConnection) -> list[tuple]:
    """All rows of an executed query, decimals as floats, as Odoo's driver has them."""
    rows = cursor.fetchall()
    kinds = [str(column[1]) for column in cursor.description]
    converters = [_converter(kind) for kind in kinds]
    if not any(converters):
        return rows
    columns = [
        column if convert is None else list(map(convert, column))
        for convert, column in zip(converters, zip(*rows, strict=True), strict=False)
    ]
    return list(zip(*columns, strict=True))


def _converter(kind: str):
    if not kind.upper().startswith("DECIMAL"):
        return None
    if kind.endswith("[]"):
        return lambda values: None if values is None else list(map(_as_float, values))
    return _as_float


def _as_float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
