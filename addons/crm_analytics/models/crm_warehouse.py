import json
import logging
from pathlib import Path

import pyarrow

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, config

from ..engine import (
    Limits,
    QueryRefused,
    Store,
    WarehouseDamaged,
    WarehouseError,
    WarehouseFull,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseOutdated,
    WarehouseTooSmall,
    inline,
    plain_rows,
    to_duckdb,
)

_logger = logging.getLogger(__name__)

PARAMETERS = {  # the settings page edits these; the values are the defaults
    "crm_analytics.warehouse_path": "",
    "crm_analytics.warehouse_versions": "3",
    "crm_analytics.warehouse_threads": "2",
    "crm_analytics.warehouse_memory_mb": "384",
}


class Warehouse(models.AbstractModel):
    """The warehouse of this database: where its snapshots are, and asking the current.

    What goes wrong is told to the user as what to do; files, SQL and paths stay in the
    server's log.
    """

    _name = "crm.warehouse"
    _description = "Warehouse"

    # ------------------------------------------------------------------ where

    @api.model
    def _store(self):
        """The store of snapshots, as the settings say."""
        path = self._parameter("crm_analytics.warehouse_path")
        root = Path(path) if path else Path(config["data_dir"]) / "warehouse"
        limits = Limits(
            threads=self._number("crm_analytics.warehouse_threads"),
            memory=f"{self._number('crm_analytics.warehouse_memory_mb')}MB",
        )
        return Store(root / self.env.cr.dbname, limits)

    @api.model
    def _parameter(self, name):
        value = self.env["ir.config_parameter"].sudo().get_param(name)
        return (value or "").strip() or PARAMETERS[name]

    @api.model
    def _number(self, name):
        value = self._parameter(name)
        return max(1, int(value if value.isdigit() else PARAMETERS[name]))

    @api.model
    def _current_version(self):
        """Name of the current snapshot; empty before the first refresh."""
        run = self.env["crm.warehouse.run"].sudo()
        return run.search([("is_current", "=", True)], limit=1).version or ""

    # ------------------------------------------------------------------ asking

    @api.model
    def _ask(self, sql, joins=None):
        """Rows that the current snapshot answers to a SELECT of PostgreSQL.

        :param SQL sql: reads tables of the snapshot, and `joins`
        :param joins: `{alias: table (SQL)}` of tables that PostgreSQL must answer
        :return: list of tuples with the types that PostgreSQL's driver gives
        :raises UserError: when the warehouse cannot answer, with the remedy
        """
        version = self._current_version()
        with self._told_to_user():
            if not version:
                raise WarehouseMissing("never refreshed")
            text, lists = inline(sql.code, sql.params)
            question, columns = to_duckdb(text)
            tables = {name: pyarrow.table({"id": ids}) for name, ids in lists.items()}
            for alias, table in (joins or {}).items():
                tables[alias] = self._fetch_join(alias, table, columns[alias])
            with self._store().answering(version) as cursor:
                for name, table in tables.items():
                    cursor.register(name, table)
                cursor.execute(question)
                return plain_rows(cursor)

    @api.model
    def _ask_columns(self, sql):
        """Columns (numpy) that the current snapshot answers to DuckDB's SQL of a mart.

        :raises UserError: when the warehouse cannot answer, with the remedy
        """
        version = self._current_version()
        with self._told_to_user():
            if not version:
                raise WarehouseMissing("never refreshed")
            with self._store().answering(version) as cursor:
                return cursor.execute(sql).fetchnumpy()

    @api.model
    def _fetch_join(self, alias, table, columns):
        """The columns of a joined table, as PostgreSQL has them now."""
        terms = [SQL.identifier(alias, column) for column in columns]
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s",
                SQL(", ").join(terms),
                SQL("%s AS %s", table, SQL.identifier(alias)),
            )
        )
        arrays = zip(*rows, strict=True) if rows else [[] for __ in columns]
        return pyarrow.table(
            {
                name: _array(name, values)
                for name, values in zip(columns, arrays, strict=True)
            }
        )

    # ------------------------------------------------------------------ telling

    @api.model
    def _told_to_user(self):
        """Turns what the engine raises into a `UserError` that says what to do."""
        return _ToldToUser(self.env)

    @api.model
    def _remedy(self, error):
        """What a person should do about an error of the engine."""
        match error:
            case WarehouseMissing():
                return self.env._(
                    "The warehouse has no data: it was never refreshed, or its folder "
                    "was removed. Refresh it at Analytics > Warehouse > Refreshes."
                )
            case WarehouseOutdated():
                return self.env._(
                    "The warehouse was written by another version of this software. "
                    "Refresh it at Analytics > Warehouse > Refreshes."
                )
            case WarehouseLocked():
                return self.env._(
                    "Another program has the warehouse's file open for writing. Close "
                    "it, or refresh the warehouse at Analytics > Warehouse > "
                    "Refreshes: a refresh makes a new file."
                )
            case WarehouseFull():
                return self.env._(
                    "The disk of the warehouse is full. Free space, or choose another "
                    "folder at Settings > Analytics; then refresh again. The last good "
                    "data stay in use."
                )
            case WarehouseTooSmall():
                return self.env._(
                    "The question needs more memory than the warehouse may take. "
                    "Narrow it, or give the warehouse more memory at Settings > "
                    "Analytics and the server more by limit_memory_hard."
                )
            case WarehouseDamaged():
                return self.env._(
                    "The warehouse's file is damaged or was cut short. Refresh it at "
                    "Analytics > Warehouse > Refreshes: a refresh makes a new file."
                )
            case QueryRefused():
                return self.env._(
                    "The warehouse cannot answer this question: the filter is too deep "
                    "or holds a value it cannot read. Simplify the filter."
                )
        return self.env._(
            "The warehouse could not answer. Simplify the question, or refresh the "
            "warehouse at Analytics > Warehouse > Refreshes. The server log has "
            "details."
        )


class _ToldToUser:
    def __init__(self, env):
        self.env = env

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if isinstance(error, RecursionError):
            error = QueryRefused("too deep")
        if isinstance(error, WarehouseError):
            # its text may quote a value of the filter: somebody's name or address
            cause = type(error.__cause__ or error).__name__
            _logger.info("Warehouse: %s (%s)", type(error).__name__, cause)
            raise UserError(self.env["crm.warehouse"]._remedy(error)) from error


def _array(name, values):
    if name == "id":
        return pyarrow.array(values, type=pyarrow.int64())
    if any(isinstance(value, dict | list) for value in values):
        # translated names: JSON as text, which DuckDB's ->> reads
        values = [None if v is None else json.dumps(v) for v in values]
    return pyarrow.array(values)
