from odoo import fields, models
from odoo.exceptions import UserError


class LoyaltyTransfer(models.TransientModel):
    """Points of one card moved to another of the same programme, with their dates."""

    _name = "crm.loyalty.transfer"
    _description = "Transfer of Points"

    card_id = fields.Many2one("loyalty.card", string="From", required=True)
    program_id = fields.Many2one(related="card_id.program_id")
    available = fields.Float(related="card_id.available_points", string="Can Be Moved")
    to_card_id = fields.Many2one(
        "loyalty.card",
        domain="[('program_id', '=', program_id), ('id', '!=', card_id)]",
    )
    to_partner_id = fields.Many2one(
        "res.partner", string="To Member", help="Gets a card when there is none"
    )
    points = fields.Float(required=True)
    reason = fields.Char(required=True)

    def action_transfer(self):
        """Move the points once; over the programme's limit only a manager does."""
        self.ensure_one()
        self.check_access("write")
        card = self.card_id
        card.check_access("read")
        to = self.to_card_id
        if not to and self.to_partner_id:
            cards = card.program_id._get_member_cards(self.to_partner_id)
            to = cards[self.to_partner_id.id]
        if not to or to.sudo().program_id != card.program_id:
            raise UserError(
                self.env._("Choose a member or a card of the same programme.")
            )
        to.with_env(self.env).check_access("read")
        limit = card.program_id._get_correction_limit()
        manager = self.env.user.has_group("crm_extended.group_loyalty_manager")
        if limit and self.points > limit and not manager:
            raise UserError(
                self.env._(
                    "Only loyalty managers move more than %(limit)s points.",
                    limit=limit,
                )
            )
        if self.points <= 0:
            raise UserError(self.env._("Enter how many points are moved."))
        self.env["crm.loyalty.ledger"]._transfer(
            card,
            to,
            card._to_units(self.points),
            f"transfer/{self.id}",
            reason=self.reason,
            document=f"{self._name},{self.id}",
        )
        return {"type": "ir.actions.act_window_close"}
