import time
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...exchange import call as calls
from ...transfer.problems import TransferProblem
from .wording import told

LOCK = 0x66696C65  # first half of the advisory lock: "file"
TRIES = 10
LONGEST_PAUSE = 120
KEPT_DAYS = 400
COUNTS = ("created", "updated", "unchanged", "deferred", "conflict", "rejected")


class ExchangeTransferRun(models.Model):
    """One time that a transfer wrote or read its files, with what came of it.

    Files are facts outside of the database: each is finished in a transaction of its
    own, in an order in which a crash at any place loses nothing and doubles nothing.
    """

    _name = "crm.exchange.transfer.run"
    _inherit = ["crm.run.mixin"]
    _description = "Transfer Run"
    _order = "id desc"

    transfer_id = fields.Many2one(
        "crm.exchange.transfer", required=True, ondelete="cascade", index=True
    )
    client_id = fields.Many2one(related="transfer_id.client_id")
    company_id = fields.Many2one(related="transfer_id.company_id", store=True)
    direction = fields.Selection(related="transfer_id.direction", store=True)
    file_ids = fields.One2many("crm.exchange.transfer.file", "run_id", readonly=True)
    file_count = fields.Integer(string="Files", readonly=True, copy=False)
    failed_count = fields.Integer(string="Refused Files", readonly=True, copy=False)
    row_count = fields.Integer(string="Rows", readonly=True, copy=False)
    rejected_count = fields.Integer(
        string="Rejected Rows",
        readonly=True,
        copy=False,
        help="Rows that were not taken; the result file beside the file says why",
    )
    conflict_count = fields.Integer(string="Conflicts", readonly=True, copy=False)
    note = fields.Text(readonly=True, copy=False)

    @api.depends("transfer_id", "create_date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "%(transfer)s, %(day)s",
                transfer=run.transfer_id.name or "",
                day=run._get_day_made(),
            )

    def _check_startable(self):
        if not self.transfer_id.client_id.active:
            raise UserError(
                self.env._(
                    "%(client)s is switched off, so nothing is exchanged with it.",
                    client=self.transfer_id.client_id.name,
                )
            )

    def _execute(self):
        self._take_lock()
        with told(self.env):
            if self.transfer_id.direction == "export":
                return self._export()
            return self._import()

    def _take_lock(self):
        """Two runs of one transfer would write and move the same files."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, self.transfer_id.id]
        )
        if not self.env.cr.fetchone()[0]:
            raise UserError(
                self.env._(
                    "Another run of %(transfer)s is at work. Wait until it ends.",
                    transfer=self.transfer_id.name,
                )
            )

    # ------------------------------------------------------------------ the client

    @contextmanager
    def _step(self):
        """Self in a transaction of its own, which is kept when the step ends well."""
        with self._progress_cursor() as cursor:
            if cursor is self.env.cr:
                yield self
            else:
                yield self.with_env(self.env(cr=cursor))

    def _call(self, method, **arguments):
        """A service of the exchange, called as the client; patient when it is busy.

        :return: `data` of the answer
        :raises TransferProblem: `refused`, with the exchange's own code and words
        """
        for attempt in range(TRIES):
            answer = self._call_once(method, attempt, arguments)
            if answer and answer["ok"]:
                return answer["data"]
            error = answer["errors"][0] if answer else {"retryable": True}
            wanted = error.get("retry_after_s") or 2**attempt / 10
            if not error["retryable"] or wanted > LONGEST_PAUSE:
                break  # such as a daily quota: the next run goes on
            self._pause(wanted)
        raise TransferProblem(
            "refused",
            code=error.get("code", "busy"),
            message=error.get("message", self.env._("The server is busy.")),
        )

    def _call_once(self, method, attempt, arguments):
        """The answer; None when the database asks to try again."""
        try:
            with self._step() as step, calls.inside():
                user = step.transfer_id.sudo().client_id.user_id
                service = step.env["crm.exchange"].with_user(user)
                return getattr(service, method)(**arguments)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if self._is_in_one_transaction() or attempt == TRIES - 1:
                raise
            return None

    def _pause(self, seconds):
        time.sleep(seconds)

    def _keep_file(self, values):
        """Note a file in a transaction of its own, once it lies where it belongs."""
        with self._step() as step:
            step.env["crm.exchange.transfer.file"].sudo().create(
                {"run_id": step.id, **values}
            )
        self.env["crm.exchange.transfer.file"].invalidate_model()

    # ------------------------------------------------------------------ upkeep

    @api.autovacuum
    def _gc_runs(self):
        """Runs without files are a log of 90 days; files are remembered for longer."""
        closed = ("state", "not in", ("queued", "running"))
        empty = [("create_date", "<", "-90d"), closed, ("file_ids", "=", False)]
        old = self.search(
            fields.Domain.OR([empty, [("create_date", "<", f"-{KEPT_DAYS}d"), closed]]),
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)
