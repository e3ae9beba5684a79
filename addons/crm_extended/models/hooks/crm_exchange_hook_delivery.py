from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...webhooks import signature

KEPT_DAYS = 30
BATCH = 10_000

KINDS = [("change", "News"), ("test", "Test")]
STATES = [("waiting", "Waiting"), ("delivered", "Delivered"), ("dead", "Dead Letter")]
ERRORS = [
    ("status", "Refused by the Receiver"),
    ("redirect", "Redirected"),
    ("gone", "Gone for Good"),
    ("refused", "Address Not Allowed"),
    ("name", "Unknown Host"),
    ("connect", "Nobody Answers"),
    ("tls", "Certificate Not Accepted"),
    ("timeout", "Too Slow"),
    ("answer", "Answer Not Understood"),
    ("lost", "Interrupted on Our Side"),
    ("unexpected", "Failed on Our Side"),
]


class ExchangeHookDelivery(models.Model):
    """One message to a partner's system, from when it was queued to what became of it.

    Id and body are the same at each attempt; time and signature are of the attempt.
    Whoever sends holds it by a lease: a worker that is killed between sending and
    noting leaves it to be sent again, and the receiver knows it by its id.
    """

    _name = "crm.exchange.hook.delivery"
    _inherit = "crm.kept.mixin"
    _description = "Webhook Delivery"
    _order = "id desc"
    _rec_name = "message"

    hook_id = fields.Many2one(
        "crm.exchange.hook",
        string="Webhook",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    client_id = fields.Many2one(related="hook_id.client_id", store=True, index=True)
    company_id = fields.Many2one(related="hook_id.company_id", store=True)
    message = fields.Char(
        required=True,
        readonly=True,
        help="Sent as webhook-id, the same at each attempt: the receiver knows by it "
        "what it has already",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="waiting")
    body = fields.Text(required=True, readonly=True, help="What is sent, as JSON")
    attempt = fields.Integer(
        string="Attempts", readonly=True, aggregator=None, help="How often it was sent"
    )
    next_at = fields.Datetime(string="Next Attempt", readonly=True)
    lease_until = fields.Datetime(
        readonly=True, help="Until then a worker is sending it and no other takes it"
    )
    sent_at = fields.Datetime(string="Last Attempt", readonly=True)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    status = fields.Integer(
        string="Response Code",
        readonly=True,
        aggregator=None,
        help="HTTP status of the last answer",
    )
    milliseconds = fields.Integer(
        string="Duration (ms)", readonly=True, aggregator="avg"
    )
    error = fields.Selection(ERRORS, string="Problem", readonly=True)
    detail = fields.Char(readonly=True)
    log = fields.Text(
        string="Attempts So Far",
        readonly=True,
        help="Per attempt: time (UTC), response code or problem, duration",
    )

    _message_uniq = models.Constraint("UNIQUE (message)", "The message is there twice.")
    _due_idx = models.Index("(next_at) WHERE state = 'waiting'")

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Deliveries are written by the sending alone; use Send Again to repeat one."
        )

    def action_redeliver(self):
        """Send again, with the same id and body and all attempts anew."""
        self.check_access("read")
        self._redeliver()
        self.env["crm.exchange.hook"]._wake()
        return True

    def _redeliver(self):
        """:returns: those that were queued; what is just being sent is left alone"""
        now = fields.Datetime.now()
        free = self.sudo().filtered(lambda d: not d.lease_until or d.lease_until < now)
        free.write(
            {
                "state": "waiting",
                "attempt": 0,
                "next_at": now,
                "lease_until": False,
                "delivered_at": False,
            }
        )
        return free

    @api.autovacuum
    def _gc_deliveries(self):
        """Forget deliveries of long ago, by parameter; those that wait as well."""
        days = self.env["crm.exchange.hook"]._get_parameter("hook_kept_days", KEPT_DAYS)
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_exchange_hook_delivery WHERE id IN (
                       SELECT id FROM crm_exchange_hook_delivery
                        WHERE create_date < %s
                          AND (lease_until IS NULL OR lease_until < %s)
                        ORDER BY id LIMIT %s)""",
                fields.Datetime.now() - timedelta(days=days),
                fields.Datetime.now(),
                BATCH,
            )
        )
        return self.env.cr.rowcount, int(self.env.cr.rowcount == BATCH)

    @api.model
    def _prepare_values(self, hook, kind, body):
        return {
            "hook_id": hook.id,
            "message": signature.new_id(),
            "kind": kind,
            "body": body,
            "next_at": fields.Datetime.now(),
        }
