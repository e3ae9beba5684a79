import logging
import secrets
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import build_snapshot
from .purchase_fact import COLUMNS

_logger = logging.getLogger(__name__)

CUBE = "crm.cube.purchase"
MANAGER = "crm_analytics.group_analytics_manager"
MOST = 99_999_999_999_999  # what a DECIMAL(18, 4) holds
KEPT_DAYS = 180  # log entries of refreshes


class WarehouseRun(models.Model):
    """One refresh of the warehouse: what it copied, how long it took, whether it
    agrees.

    The rows are read, counted and summed in one snapshot of PostgreSQL; the copy
    becomes current in the same transaction that says so, or not at all. The row marked
    as current is the pointer which every cube follows.
    """

    _name = "crm.warehouse.run"
    _inherit = "crm.run.mixin"
    _description = "Warehouse Refresh"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    version = fields.Char(readonly=True, copy=False, help="Folder of the snapshot")
    is_current = fields.Boolean(
        string="In Use", readonly=True, copy=False, help="Cubes ask this snapshot"
    )
    rows = fields.Integer(readonly=True, copy=False, aggregator=None)
    source_rows = fields.Integer(
        string="Rows in Documents",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Counted in PostgreSQL at the same moment",
    )
    amount = fields.Float(
        digits=(38, 4),
        readonly=True,
        copy=False,
        aggregator=None,
        groups=MANAGER,  # it tells what companies earn that the reader may not see
        help="Sum over all companies, as a check; not a turnover",
    )
    source_amount = fields.Float(
        string="Amount in Documents",
        digits=(38, 4),
        readonly=True,
        copy=False,
        aggregator=None,
        groups=MANAGER,
    )
    size_mb = fields.Float(
        string="Size (MB)", readonly=True, copy=False, aggregator=None
    )
    data_from = fields.Date(string="First Purchase", readonly=True, copy=False)
    data_to = fields.Date(string="Last Purchase", readonly=True, copy=False)

    _one_current = models.UniqueIndex(
        "((true)) WHERE is_current", "One snapshot is in use at a time."
    )

    @api.depends("create_date")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Refresh %(number)s", number=run.id or "")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_current(self):
        if any(run.is_current for run in self):
            raise UserError(
                self.env._(
                    "The snapshot in use cannot be deleted: the cubes would be empty. "
                    "Refresh the warehouse first, then delete the older refresh."
                )
            )

    # ------------------------------------------------------------------ entry points

    @api.model
    def action_refresh_now(self):
        """Queue a refresh and show it; the one that waits or runs, if there is one."""
        self.check_access("create")
        run = self.search([("state", "in", ("queued", "running"))], limit=1)
        if not run:
            run = self.create({})
            run.action_start()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Warehouse Refresh"),
            "res_model": self._name,
            "res_id": run.id,
            "views": [(False, "form")],
        }

    @api.model
    def _cron_refresh(self):
        """Queue the scheduled refresh, unless one waits or runs."""
        if not self.search_count([("state", "in", ("queued", "running"))], limit=1):
            self.create({}).action_start()

    @api.model
    def _refresh_now(self):
        """Refresh within this transaction, for demo data and commands.

        :raises UserError: when it failed
        """
        run = self.create({})
        run._run_within()
        return run

    @api.model
    def _load_demo(self):
        """Bring demo data through: purchases, scores, segments, and segments in the
        cube.

        A warehouse that cannot be written must not stop the installation.
        """
        try:
            with self.env.cr.savepoint():
                self._refresh_now()
                for (company,) in self.env[CUBE]._read_group([], ["company_id"]):
                    self.env["crm.score.run"].create(
                        {"company_id": company.id, "minimum_repeaters": 20}
                    )._run_within()
                self._refresh_now()
        except UserError as error:
            _logger.info("Demo data of the warehouse: %s", error)

    @api.autovacuum
    def _gc_runs(self):
        """The log of refreshes is kept for half a year."""
        old = self.search(
            [
                ("create_date", "<", f"-{KEPT_DAYS}d"),
                ("is_current", "=", False),
                ("state", "in", ("done", "failed", "stopped")),
            ],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)

    # ------------------------------------------------------------------ the work

    def _execute(self):
        self._take_lock()
        self.env.flush_all()
        warehouse = self.env["crm.warehouse"]
        store, before = warehouse._store(), warehouse._current_version()
        kept = warehouse._number("crm_analytics.warehouse_versions")
        store.clean(before, kept)
        version = (
            f"{fields.Datetime.now():%Y%m%dT%H%M%S}-{self.id:08}-{secrets.token_hex(3)}"
        )
        steps = {
            "extract": (5, self.env._("Reading purchases from the database")),
            "build": (60, self.env._("Sorting and packing")),
            "parquet": (85, self.env._("Writing the shared copy")),
        }
        self._report(0, 100, self.env._("Counting"))
        expected = self._expected()
        with self._explained(), store.building(version) as folder:
            rows, amount = build_snapshot(
                folder,
                self._copy,
                self.env[CUBE]._table,
                COLUMNS,
                store.limits,
                lambda step: self._report(steps[step][0], 100, steps[step][1]),
            )
            self._check_equal(expected, rows, amount)
        self._drop_on_rollback(store, version)
        self.sudo().search([("is_current", "=", True)]).is_current = False
        self.flush_model(["is_current"])
        return {
            "version": version,
            "is_current": True,
            "rows": rows,
            "amount": float(amount),
            "source_rows": expected["rows"],
            "source_amount": expected["amount"],
            "data_from": expected["first"],
            "data_to": expected["last"],
            "size_mb": store.size(version) / 1e6,
        }

    def _take_lock(self):
        """One writer at a time; the lock ends with the transaction.

        :raises UserError: when another refresh is running
        """
        [(free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext('crm_analytics.warehouse'))")
        )
        if not free:
            raise UserError(
                self.env._(
                    "A refresh of the warehouse is already running. Wait for it to "
                    "end; its progress is at Analytics > Warehouse > Refreshes."
                )
            )

    def _expected(self):
        """Rows, sum of amount, first and last day as PostgreSQL has them now."""
        with self._explained():
            [(rows, amount, first, last)] = self.env.execute_query(
                SQL(
                    "SELECT COUNT(*), COALESCE(SUM(amount), 0)::text, MIN(date), "
                    "MAX(date) FROM %s fact",
                    self.env[CUBE]._table_sql,
                )
            )
        return {"rows": rows, "amount": amount, "first": first, "last": last}

    def _copy(self, sink):
        columns = SQL(", ").join(map(SQL.identifier, COLUMNS))
        query = SQL("SELECT %s FROM %s fact", columns, self.env[CUBE]._table_sql)
        text = self.env.cr.mogrify(query.code, query.params).decode()
        self.env.cr.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT csv, HEADER)", sink)

    def _check_equal(self, expected, rows, amount):
        if (rows, f"{amount:.4f}") != (expected["rows"], _four(expected["amount"])):
            raise UserError(
                self.env._(
                    "The copy does not agree with the documents: %(rows)s rows of "
                    "%(source_rows)s, amount %(amount)s of %(source_amount)s. The last "
                    "good data stay in use; start the refresh again.",
                    rows=rows,
                    source_rows=expected["rows"],
                    amount=amount,
                    source_amount=expected["amount"],
                )
            )

    def _drop_on_rollback(self, store, version):
        """Remove a snapshot that a later failure left without a pointer to it."""
        self.env.cr.postrollback.add(lambda: store.remove(version))

    @contextmanager
    def _explained(self):
        """Failures of the disk and of the data as what a person can do about them."""
        try:
            with (
                self.env["crm.warehouse"]._told_to_user(),
                self.env.cr.savepoint(flush=False),
            ):
                yield
        except psycopg2.errors.NumericValueOutOfRange as error:
            raise UserError(
                self.env._(
                    "A purchase has an amount, cost or quantity above 99 trillion in "
                    "the company's currency. Past purchases with such an amount: "
                    "%(rows)s. Correct them, or the rate of their currency, at "
                    "Customers > Past Purchases; when none is named, look among "
                    "invoices and orders. Then refresh again.",
                    rows=self._name_largest() or "-",
                )
            ) from error

    def _name_largest(self):
        """Past purchases too large for the copy, by id and day: whoever may refresh
        need not see the customers of all companies.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id, date FROM crm_purchase "
                "WHERE abs(amount_company) > %(most)s OR abs(cost_company) > %(most)s "
                "ORDER BY abs(amount_company) DESC NULLS LAST, id LIMIT 5",
                most=MOST,
            )
        )
        return ", ".join(f"{id_} ({day})" for id_, day in rows)


def _four(amount):
    """A sum of NUMERIC(18, 4) as text with four decimals."""
    whole, __, decimals = amount.partition(".")
    return f"{whole}.{decimals.ljust(4, '0')}"
