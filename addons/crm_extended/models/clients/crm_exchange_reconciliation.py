from datetime import timedelta

from odoo import api, fields, models

KEPT_DAYS = 90
KINDS = [
    ("missing", "The partner lacks it"),
    ("extra", "The partner has it, and should not"),
    ("differs", "The partner has another version"),
]


class ExchangeReconciliation(models.Model):
    """One comparison of what a partner's system holds with what it should hold."""

    _name = "crm.exchange.reconciliation"
    _inherit = ["crm.kept.mixin"]
    _description = "Reconciliation of the Exchange"
    _order = "id desc"
    _rec_name = "entity"

    client_id = fields.Many2one(
        "crm.exchange.client",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="client_id.company_id", store=True, readonly=True
    )
    entity = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_entities(),
        required=True,
        readonly=True,
        help="Kind of record",
    )
    prefix = fields.Char(
        readonly=True, help="Range of ids: what they begin with, in hexadecimal digits"
    )
    compared_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    our_count = fields.Integer(string="Ours", readonly=True)
    their_count = fields.Integer(string="The Partner's", readonly=True)
    difference_count = fields.Integer(string="Differences", readonly=True)
    line_ids = fields.One2many(
        "crm.exchange.difference", "reconciliation_id", string="List", readonly=True
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "%(labels)s: partners' systems report what they hold, nobody enters it.",
            labels=labels,
        )

    @api.autovacuum
    def _gc_reconciliations(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.sudo().search([("compared_at", "<", limit)], limit=1000).unlink()


class ExchangeDifference(models.Model):
    """A record that a partner's system lacks, should not have, or has otherwise."""

    _name = "crm.exchange.difference"
    _inherit = ["crm.kept.mixin"]
    _description = "Difference to a Partner's System"
    _order = "id"
    _rec_name = "res_id"
    _log_access = False

    reconciliation_id = fields.Many2one(
        "crm.exchange.reconciliation",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="reconciliation_id.company_id", store=True, readonly=True
    )
    res_id = fields.Integer(string="Record", readonly=True, aggregator=None)
    kind = fields.Selection(KINDS, required=True, readonly=True)

    @api.model
    def _tell_kept(self, labels):
        return self.env["crm.exchange.reconciliation"]._tell_kept(labels)

    def action_open_record(self):
        self.ensure_one()
        name = self.reconciliation_id.entity
        entity = self.env["crm.exchange"]._entities().get(name)
        if not entity or self.kind == "extra":
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": entity.model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
