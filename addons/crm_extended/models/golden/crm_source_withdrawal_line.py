from odoo import api, fields, models

WHAT = [
    ("archived", "Customer Archived"),
    ("left", "Left: Documents Name It"),
    ("changed", "Another Source's Value"),
    ("emptied", "Emptied"),
]


class SourceWithdrawalLine(models.Model):
    """One thing that a withdrawal did to one customer; what its undo goes by."""

    _name = "crm.source.withdrawal.line"
    _description = "Change of a Withdrawal"
    _inherit = "crm.kept.mixin"
    _order = "what, partner_id, id"
    _rec_name = "partner_id"

    withdrawal_id = fields.Many2one(
        "crm.source.withdrawal",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    what = fields.Selection(WHAT, required=True, readonly=True)
    field = fields.Char(readonly=True)
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)
    label = fields.Char(string="Field Label", compute="_compute_texts")
    before_text = fields.Char(string="Text Before", compute="_compute_texts")
    after_text = fields.Char(string="Text After", compute="_compute_texts")

    @api.model
    def _tell_kept(self, labels):
        return self.env._("Only a withdrawal itself writes: %(fields)s.", fields=labels)

    @api.depends("field", "before", "after")
    @api.depends_context("lang")
    def _compute_texts(self):
        golden, partner_fields = self.env["crm.golden"], self.env["res.partner"]._fields
        before = golden._show_values((line.field, line.before) for line in self)
        after = golden._show_values((line.field, line.after) for line in self)
        for line, old, new in zip(self, before, after, strict=True):
            field = partner_fields.get(line.field)
            line.label = field._description_string(self.env) if field else False
            line.before_text, line.after_text = old, new


class SourceWithdrawalRow(models.Model):
    """A record, purchase or attribute as it stood in its table, kept for the undo."""

    _name = "crm.source.withdrawal.row"
    _description = "Row Set Aside by a Withdrawal"
    _log_access = False

    withdrawal_id = fields.Many2one(
        "crm.source.withdrawal", required=True, index=True, ondelete="cascade"
    )
    # erasing a customer erases what was set aside about it
    partner_id = fields.Many2one("res.partner", index=True, ondelete="cascade")
    table = fields.Char(required=True)
    data = fields.Json(required=True)
    kept_at = fields.Datetime(required=True, index=True)

    @api.model
    def _is_kept(self, withdrawal):
        if not (withdrawal.record_count or withdrawal.purchase_count):
            return True
        return bool(self.search([("withdrawal_id", "=", withdrawal.id)], limit=1))

    @api.autovacuum
    def _gc_rows(self):
        """What was withdrawn is gone for good after a while: 90 days by default."""
        parameters = self.env["ir.config_parameter"].sudo()
        text = parameters.get_param("crm_extended.withdrawal_keep_days", "90")
        days = int(text) if text.isdigit() else 90
        old = self.search([("kept_at", "<", f"-{days}d")], limit=10_000)
        old.unlink()
        return len(old), len(old) == 10_000
