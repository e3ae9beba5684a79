import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import wire
from ...exchange.errors import ExchangeError
from .unchecked_link import UncheckedLink

KEPT_DAYS = 90  # a batch's id is known that long, so it is never executed twice
REPLY_DAYS = 7  # its reply is kept that long: it may quote what was sent


class ExchangeBatch(models.Model):
    """One push of a client, known by the id the client gave it, with our reply.

    The row is written in the transaction that carries the push out: either both are
    there or neither, so a push that was executed is always known to have been. Whoever
    sends the same id again gets the stored reply. The reply is emptied after a week,
    the id is kept for 90: it is refused then rather than executed again.
    """

    _name = "crm.exchange.batch"
    _inherit = "crm.kept.mixin"
    _description = "Batch of the Exchange"
    _order = "id desc"
    _rec_name = "batch_id"
    _log_access = False

    client_id = UncheckedLink("crm.exchange.client", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", related="client_id.company_id", store=True, readonly=True
    )
    batch_id = fields.Char(
        required=True, readonly=True, help="The id the client gave it"
    )
    payload_hash = fields.Char(required=True, readonly=True)
    received_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, index=True
    )
    request_id = fields.Char(readonly=True, help="As in the audit and the server's log")
    is_applied = fields.Boolean(
        string="Applied", readonly=True, help="No: all together was asked, and refused"
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    created_count = fields.Integer(string="Created", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    conflict_count = fields.Integer(string="In Conflict", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    deferred_count = fields.Integer(string="Deferred", readonly=True)
    reply = fields.Text(readonly=True, help="What the client was told: ids and faults")

    _batch_uniq = models.Constraint(
        "UNIQUE (client_id, batch_id)", "The client already sent a batch of this id."
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A batch is written by the push itself: %(fields)s.", fields=labels
        )

    # ------------------------------------------------------------------ idempotency

    @api.model
    def _claim(self, client, batch_id, payload_hash):
        """Take the id for this transaction; or the reply given to it before.

        Two that come at once are told apart by a lock that ends with the transaction,
        however it ends: the second is told `in_progress` at once instead of waiting.
        Should the first have ended between our snapshot and the lock, the insertion
        fails as a serialisation failure, and Odoo's retry finds the reply.

        :return: (the new batch or none, the reply given before or None)
        :raises ExchangeError: `in_progress`, `idempotency_mismatch`, `reply_expired`
        """
        self.env.cr.execute(
            SQL(
                "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
                f"crm.exchange.batch/{client.id}/{batch_id}",
            )
        )
        if not self.env.cr.fetchone()[0]:
            raise ExchangeError(
                "in_progress",
                "This batch is being carried out: ask again for its reply.",
                path="batch_id",
                retry_after=2,
            )
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_batch
                       (client_id, company_id, batch_id, payload_hash, received_at)
                   VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (client_id, batch_id) DO NOTHING RETURNING id""",
                client.id,
                client.company_id.id,
                batch_id,
                payload_hash,
                fields.Datetime.now(),
            )
        )
        if row := self.env.cr.fetchone():
            return self.browse(row[0]), None
        return self.browse(), self._get_reply(client, batch_id, payload_hash)

    @api.model
    def _get_reply(self, client, batch_id, payload_hash):
        self.env.cr.execute(
            SQL(
                """SELECT payload_hash, reply FROM crm_exchange_batch
                    WHERE client_id = %s AND batch_id = %s""",
                client.id,
                batch_id,
            )
        )
        known_hash, reply = self.env.cr.fetchone()
        if known_hash != payload_hash:
            raise ExchangeError(
                "idempotency_mismatch",
                "This id was used for other rows or arguments. Give each push an id of "
                "its own, and repeat it only with the same content.",
                path="batch_id",
                got=batch_id,
            )
        if not reply:
            raise ExchangeError(
                "reply_expired",
                "This batch was carried out; its reply is no longer kept. Read the "
                "records with get().",
                path="batch_id",
                got=batch_id,
            )
        return json.loads(reply)

    def _conclude(self, data, request_id):
        """Keep the reply, as both faces carry it."""
        counts = {f"{k}_count": v for k, v in data["counts"].items()}
        self.write(
            {
                **counts,
                "request_id": request_id,
                "is_applied": data["applied"],
                "row_count": len(data["rows"]),
                "reply": json.dumps(
                    wire.outgoing(data), ensure_ascii=False, separators=(",", ":")
                ),
            }
        )

    # ------------------------------------------------------------------ retention

    @api.autovacuum
    def _gc_batches(self):
        """Empty old replies, then forget ids; both later than was promised."""
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_exchange_batch SET reply = NULL WHERE id IN (
                       SELECT id FROM crm_exchange_batch
                        WHERE received_at < %s AND reply IS NOT NULL LIMIT 10000)""",
                now - timedelta(days=REPLY_DAYS),
            )
        )
        emptied = self.env.cr.rowcount
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_exchange_batch WHERE id IN (
                       SELECT id FROM crm_exchange_batch
                        WHERE received_at < %s LIMIT 10000)""",
                now - timedelta(days=KEPT_DAYS),
            )
        )
        done = self.env.cr.rowcount
        self.invalidate_model()
        return done + emptied, int(10000 in (done, emptied))
