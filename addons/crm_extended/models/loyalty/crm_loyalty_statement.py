from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyStatement(models.TransientModel):
    """What moved on a card within a period, between two balances that it proves."""

    _name = "crm.loyalty.statement"
    _description = "Statement of Points"

    card_id = fields.Many2one("loyalty.card", required=True)
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.today().replace(month=1, day=1),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.today)
    opening = fields.Float(compute="_compute_entries")
    closing = fields.Float(compute="_compute_entries")
    entry_ids = fields.Many2many("crm.loyalty.entry", compute="_compute_entries")

    @api.depends("card_id", "date_from", "date_to")
    def _compute_entries(self):
        entries = self.env["crm.loyalty.entry"]
        for statement in self:
            card = statement.card_id
            since, until = statement._get_bounds()
            own = [("card_id", "=", card._origin.id)]
            before = entries.search(
                [*own, ("at", "<", since)], limit=1, order="seq desc"
            )
            within = entries.search(
                [*own, ("at", ">=", since), ("at", "<", until)], order="seq"
            )
            scale = 10 ** self.env["crm.loyalty.ledger"]._get_digits(card)[card.id]
            statement.entry_ids = within
            statement.opening = before.balance_after / scale
            last = within[-1:] or before
            statement.closing = last.balance_after / scale

    def _get_bounds(self):
        days = (self.date_from, self.date_to)
        first, last = (day or fields.Date.today() for day in days)
        return (
            datetime.combine(first, time()),
            datetime.combine(last + timedelta(days=1), time()),
        )

    def action_print(self):
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period ends before it begins."))
        return self.env.ref("crm_extended.report_loyalty_statement").report_action(self)
