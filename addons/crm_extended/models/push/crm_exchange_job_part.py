import json
from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange.envelope import MAX_ROWS
from .crm_exchange_job import pack, unpack

_WENT = ("created", "updated", "unchanged")


class ExchangeJobPart(models.Model):
    """A numbered part of a bulk job: what was sent, then what became of it."""

    _name = "crm.exchange.job.part"
    _inherit = "crm.kept.mixin"
    _description = "Part of a Bulk Job"
    _order = "job_id, number"
    _rec_name = "number"
    _log_access = False

    job_id = fields.Many2one(
        "crm.exchange.job", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Done"), ("dropped", "Dropped")],
        required=True,
        readonly=True,
        default="waiting",
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    went_count = fields.Integer(string="Carried Out", readonly=True)
    counts = fields.Json(readonly=True, help="Number of rows by status")
    payload = fields.Binary(attachment=False, readonly=True)
    result = fields.Binary(attachment=False, readonly=True)
    done_at = fields.Datetime(readonly=True)

    _number_uniq = models.Constraint(
        "UNIQUE (job_id, number)", "The job already has a part of this number."
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Parts come from the partner's system: %(fields)s cannot be entered.",
            fields=labels,
        )

    @api.model
    def _find(self, job, number):
        return self.search([("job_id", "=", job.id), ("number", "=", number)])

    @api.model
    def _receive(self, job, number, sha256, rows):
        """Keep a part; the same again changes nothing.

        :return: the hash of the part that is kept under this number
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_job_part
                       (job_id, number, sha256, state, row_count, went_count, payload)
                   VALUES (%s, %s, %s, 'waiting', %s, 0, %s)
                   ON CONFLICT (job_id, number) DO NOTHING""",
                job.id,
                number,
                sha256,
                len(rows),
                pack(rows),
            )
        )
        self.env.cr.execute(
            SQL(
                "SELECT sha256 FROM crm_exchange_job_part "
                "WHERE job_id = %s AND number = %s",
                job.id,
                number,
            )
        )
        self.invalidate_model()
        job.invalidate_recordset()
        return self.env.cr.fetchone()[0]

    def _get_rows(self):
        return unpack(self._read_packed("payload"))

    def _get_results(self):
        return unpack(self._read_packed("result"))

    def _read_packed(self, name):
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM crm_exchange_job_part WHERE id = %s",
                SQL.identifier(name),
                self.id,
            )
        )
        return self.env.cr.fetchone()[0]

    def _carry_out(self):
        """Push its rows, five hundred at a time, in the caller's transaction."""
        self.ensure_one()
        job = self.job_id
        job._check_client()
        engine = self.env["crm.exchange"].with_context(exchange_batch=job.job_id)
        rows, results = self._get_rows(), []
        for start in range(0, len(rows), MAX_ROWS):
            piece = rows[start : start + MAX_ROWS]
            done = engine._push(job.client_id, piece, "each", job.policy, job.dry_run)
            results += _renumbered(done["rows"], piece, start)
        self._take_results(results)

    def _take_results(self, results):
        counts = Counter(result["status"] for result in results)
        self.env.cr.execute(
            SQL(
                """UPDATE crm_exchange_job_part
                      SET state = 'done', payload = NULL, result = %s, counts = %s,
                          went_count = %s, done_at = %s WHERE id = %s""",
                pack(results),
                SQL("%s::jsonb", json.dumps(counts)),
                sum(counts[status] for status in _WENT),
                fields.Datetime.now(),
                self.id,
            )
        )
        self.invalidate_recordset()

    def _empty(self):
        """Forget what was sent and not carried out."""
        if not self:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE crm_exchange_job_part SET payload = NULL, state = 'dropped'
                    WHERE id = ANY(%s) AND state = 'waiting'""",
                list(self.ids),
            )
        )
        self.invalidate_model()


def _renumbered(results, rows, start):
    """Rows without an id of their own are known by their place in the part."""
    return [
        result if "row_id" in row else {**result, "row_id": str(start + place)}
        for place, (result, row) in enumerate(zip(results, rows, strict=True))
    ]
