from odoo import api, fields, models


class LoyaltyPeriodAccount(models.Model):
    """What one liability account should stand at after a period, and does."""

    _name = "crm.loyalty.period.account"
    _inherit = "crm.kept.mixin"
    _description = "Account of Loyalty Points at a Period's End"
    _order = "period_id desc, id"
    _log_access = False

    period_id = fields.Many2one(
        "crm.loyalty.period", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="period_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    accounts_id = fields.Many2one(
        "crm.loyalty.accounts", required=True, readonly=True, ondelete="cascade"
    )
    account_id = fields.Many2one(
        related="accounts_id.liability_account_id", related_sudo=True
    )
    owed = fields.Monetary(readonly=True)
    balance = fields.Monetary(
        string="In the Books",
        compute="_compute_balance",
        help="Posted on the account up to the end of the period",
    )
    difference = fields.Monetary(compute="_compute_balance")

    @api.depends("owed", "period_id.move_id.state")
    def _compute_balance(self):
        for period, rows in self.grouped("period_id").items():
            found = period._get_balances(rows.sudo().account_id)
            for row in rows:
                row.balance = -found.get(row.sudo().account_id, 0.0)
                row.difference = row.currency_id.round(row.owed - row.balance)

    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.accounts_id.name} {row.period_id.name}"

    def _tell_kept(self, labels):
        return self.env["crm.loyalty.period.line"]._tell_kept(labels)
