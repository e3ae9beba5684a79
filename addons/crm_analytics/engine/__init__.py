"""The warehouse without the ORM: files, extraction, and PostgreSQL's SQL for DuckDB."""

from .dialect import to_duckdb
from .errors import (
    QueryRefused,
    WarehouseDamaged,
    WarehouseError,
    WarehouseFull,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseOutdated,
)
from .export import write_values
from .extract import CsvSink, build_snapshot
from .literals import inline
from .results import plain_rows
from .store import Limits, Store

__all__ = [
    "CsvSink",
    "Limits",
    "QueryRefused",
    "Store",
    "WarehouseDamaged",
    "WarehouseError",
    "WarehouseFull",
    "WarehouseLocked",
    "WarehouseMissing",
    "WarehouseOutdated",
    "build_snapshot",
    "inline",
    "plain_rows",
    "to_duckdb",
    "write_values",
]
