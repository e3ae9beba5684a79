"""The warehouse without the ORM: files, extraction, and PostgreSQL's SQL for DuckDB."""

import pyarrow

from .dialect import to_duckdb
from .errors import (
    QueryRefused,
    WarehouseDamaged,
    WarehouseError,
    WarehouseFull,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseOutdated,
    WarehouseTooSmall,
)
from .export import write_values
from .extract import CsvSink, build_snapshot
from .literals import inline
from .results import plain_rows
from .store import Limits, Store

# Arrow's own allocator reserves a gigabyte of addresses at once, which Odoo's
# limit_memory_hard counts as used.
pyarrow.set_memory_pool(pyarrow.system_memory_pool())

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
    "WarehouseTooSmall",
    "build_snapshot",
    "inline",
    "plain_rows",
    "to_duckdb",
    "write_values",
]
