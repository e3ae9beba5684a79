import json
import zlib
from collections import Counter
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ...exchange.row import STATUSES
from .unchecked_link import UncheckedLink

MODES = [("each", "Each Row by Itself"), ("all", "All or None")]
RESULT_DAYS, OPEN_DAYS = 30, 7
WORKING = ("queued", "running")


class ExchangeJob(models.Model):
    """A push of any size, sent in parts and carried out when it is complete.

    Each part is a transaction of its own: a server that is killed loses the part at
    which it was, which is then carried out again, and nothing else. A job that says
    all or none is one transaction. What the client sent is emptied part by part as it
    is carried out; its answers are kept for 30 days.
    """

    _name = "crm.exchange.job"
    _inherit = "crm.run.mixin"
    _description = "Bulk Job of the Exchange"
    _order = "id desc"
    _rec_name = "job_id"

    client_id = UncheckedLink(
        "crm.exchange.client", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", related="client_id.company_id", store=True, readonly=True
    )
    job_id = fields.Char(required=True, readonly=True, help="The id the client gave it")
    mode = fields.Selection(MODES, required=True, readonly=True, default="each")
    policy = fields.Char(readonly=True, help="What happens on a conflict")
    dry_run = fields.Boolean(string="Trial", readonly=True, help="Nothing is kept")
    opened_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    is_complete = fields.Boolean(
        readonly=True, help="The client said that this was all of it"
    )
    is_applied = fields.Boolean(string="Applied", readonly=True)
    part_ids = fields.One2many("crm.exchange.job.part", "job_id", readonly=True)
    part_count = fields.Integer(string="Parts", compute="_compute_counts")
    done_count = fields.Integer(string="Parts Done", compute="_compute_counts")
    row_count = fields.Integer(string="Rows", compute="_compute_counts")
    changed_count = fields.Integer(string="Carried Out", compute="_compute_counts")
    trouble_count = fields.Integer(
        string="In Trouble",
        compute="_compute_counts",
        help="Rows rejected, deferred or in conflict",
    )

    _job_uniq = models.Constraint(
        "UNIQUE (client_id, job_id)", "The client already opened a job of this id."
    )

    @api.depends("part_ids.state", "state")
    def _compute_counts(self):
        counted = {}
        groups = self.env["crm.exchange.job.part"]._read_group(
            [("job_id", "in", self.ids)],
            ["job_id", "state"],
            ["__count", "row_count:sum", "went_count:sum"],
        )
        for job, state, count, rows, went in groups:
            counted.setdefault(job.id, {})[state] = (count, rows, went)
        for job in self:
            parts = counted.get(job.id, {})
            done = parts.get("done", (0, 0, 0))
            job.part_count = sum(count for count, _rows, _went in parts.values())
            job.row_count = sum(rows for _count, rows, _went in parts.values())
            job.done_count, rows, job.changed_count = done
            job.trouble_count = rows - job.changed_count

    @api.model
    def _find(self, client, job_id):
        return self.search([("client_id", "=", client.id), ("job_id", "=", job_id)])

    @api.model
    def _open(self, client, job_id, mode, policy, dry_run):
        """The job, made unless it is there; two at once make one."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_job
                       (client_id, company_id, job_id, mode, policy, dry_run, state,
                        opened_at, create_uid, create_date, write_uid, write_date)
                   VALUES (%(client)s, %(company)s, %(job)s, %(mode)s, %(policy)s,
                           %(dry)s, 'draft', %(now)s, %(uid)s, %(now)s, %(uid)s,
                           %(now)s)
                   ON CONFLICT (client_id, job_id) DO NOTHING""",
                client=client.id,
                company=client.company_id.id,
                job=job_id,
                mode=mode,
                policy=policy,
                dry=dry_run,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        return self._find(client, job_id)

    # ------------------------------------------------------------------ run

    def _check_startable(self):
        for job in self:
            if not job.is_complete:
                raise UserError(
                    self.env._(
                        "%(job)s: the client has not sent all yet.", job=job.job_id
                    )
                )
            if job.state == "done":
                raise UserError(
                    self.env._("%(job)s is done. Run its rows again.", job=job.job_id)
                )

    def _enqueue(self):
        """The client's login sees no jobs: the system does the work, in its name."""
        return super(ExchangeJob, self.with_user(SUPERUSER_ID))._enqueue()

    def _execute(self):
        parts = self.part_ids.filtered(lambda part: part.state == "waiting")
        parts = parts.sorted("number").ids
        total = len(self.part_ids)
        if self.mode == "all":
            return self._execute_together()
        for place, part_id in enumerate(parts):
            self._report(
                total - len(parts) + place,
                total,
                self.env._(
                    "Part %(number)s of %(total)s", number=place + 1, total=total
                ),
            )
            self._in_own_transaction(part_id)
        self.env.invalidate_all()
        return {"is_applied": not self.dry_run}

    def _check_client(self):
        """:raises UserError: when the client may no longer call, nor may its job"""
        if not self._may_go_on():
            raise UserError(
                self.env._(
                    "%(client)s was switched off or has expired, or the key that the "
                    "job came with was revoked.",
                    client=self.client_id.name,
                )
            )

    def _may_go_on(self):
        client = self.client_id
        expired = client.expires_at and client.expires_at <= fields.Datetime.now()
        return client.active and not expired

    def _in_own_transaction(self, part_id):
        """Carry out one part and commit it; a collision with others is tried again."""
        if self._is_in_one_transaction():
            self.env["crm.exchange.job.part"].browse(part_id)._carry_out()
            return
        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, dict(self.env.context))
            part = env["crm.exchange.job.part"].browse(part_id)
            retrying(part._carry_out, env)

    def _execute_together(self):
        """All parts in this transaction; one row that does not go takes all back."""
        self._check_client()
        parts = self.part_ids.sorted("number")
        rows = [row for part in parts for row in part._get_rows()]
        engine = self.env["crm.exchange"].with_context(exchange_batch=self.job_id)
        done = engine._push(self.client_id, rows, "all", self.policy, self.dry_run)
        results = iter(done["rows"])
        for part in parts:
            part._take_results([next(results) for _n in range(part.row_count)])
        return {"is_applied": done["applied"]}

    def _abort(self):
        """Take no more parts; what was carried out stays."""
        self.action_stop()
        self.filtered(lambda job: job.state == "draft").write({"state": "stopped"})
        stopped = self.filtered(lambda job: job.state == "stopped")
        stopped.part_ids._empty()

    @api.model
    def _cron_resume(self):
        """Jobs whose worker died with its machine go on with their next part."""
        jobs = self.sudo().search([("state", "in", WORKING)])
        dead = jobs - jobs._get_working()
        dead.action_start()

    def _get_totals(self):
        """Number of rows by status, of the parts carried out."""
        totals = Counter()
        for part in self.part_ids.filtered(lambda part: part.state == "done"):
            totals.update(part.counts or {})
        return {status: totals[status] for status in STATUSES}

    def action_open_rows(self):
        """Open what of it needs a person or another record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_exchange_row"
        )
        domain = [("batch", "=", self.job_id), ("client_id", "=", self.client_id.id)]
        return {**action, "domain": domain, "context": {}}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_working(self):
        if self._get_working():
            raise UserError(self.env._("The job is at work. Press Stop first."))

    @api.autovacuum
    def _gc_jobs(self):
        now = fields.Datetime.now()
        forgotten = self.sudo().search(
            [
                ("state", "=", "draft"),
                ("opened_at", "<", now - timedelta(days=OPEN_DAYS)),
            ],
            limit=100,
        )
        forgotten._abort()
        limit = now - timedelta(days=RESULT_DAYS)
        old = self.sudo().search(
            [("state", "not in", ("draft", *WORKING)), ("opened_at", "<", limit)],
            limit=100,
        )
        old.unlink()
        return len(old), int(len(old) == 100)


def pack(content):
    """Content as it is kept: JSON in few bytes."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def unpack(packed):
    return json.loads(zlib.decompress(bytes(packed))) if packed else []
