from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("household", "Household"), ("company", "Company")]


class LoyaltyPool(models.Model):
    """One card that a household, or people of a company, collect on together.

    What a member's order earns goes to the pool's card; who may spend sees its rewards
    on an order of his or her own.
    """

    _name = "crm.loyalty.pool"
    _description = "Pool of Points"
    _inherit = ["mail.thread"]

    name = fields.Char(required=True)
    kind = fields.Selection(KINDS, default="household", required=True)
    active = fields.Boolean(default=True)
    card_id = fields.Many2one(
        "loyalty.card", required=True, index=True, ondelete="restrict"
    )
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    balance = fields.Char(related="card_id.points_display", string="Balance")
    member_ids = fields.One2many("crm.loyalty.pool.member", "pool_id", copy=False)

    _card_once = models.UniqueIndex(
        "(card_id) WHERE active", "The card is that of another pool already."
    )

    @api.constrains("card_id")
    def _check_card(self):
        for pool in self:
            if not pool.card_id.program_id.is_nominative:
                raise ValidationError(
                    self.env._("A pool collects on a member's card or wallet.")
                )

    def action_collect(self):
        """Move what the members have now to the pool's card."""
        self.check_access("write")
        ledger = self.env["crm.loyalty.ledger"]
        for pool in self:
            cards = pool.program_id._find_member_cards(pool.member_ids.partner_id)
            for card in (c for c in cards.values() if c != pool.card_id):
                units = card._to_units(card.available_points)
                if units:
                    number = card.entry_ids[:1].seq
                    ledger._transfer(
                        card,
                        pool.card_id,
                        units,
                        f"pool/{pool.id}/{card.id}/{number}",
                        reason=pool.name,
                        document=f"{pool._name},{pool.id}",
                    )


class LoyaltyPoolMember(models.Model):
    """Who belongs to a pool, and may spend from it."""

    _name = "crm.loyalty.pool.member"
    _description = "Member of a Pool"
    _rec_name = "partner_id"

    pool_id = fields.Many2one("crm.loyalty.pool", required=True, ondelete="cascade")
    program_id = fields.Many2one(related="pool_id.program_id", store=True)
    active = fields.Boolean(related="pool_id.active", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Member", required=True, index=True, ondelete="cascade"
    )
    may_spend = fields.Boolean(default=True)

    _once = models.UniqueIndex(
        "(partner_id, program_id) WHERE active",
        "A member belongs to one pool of a programme.",
    )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _update_programs_and_rewards(self):
        """Who may spend from a pool has its card on the order."""
        pooled = self._get_pool_members().filtered("may_spend").pool_id.card_id
        pooled = pooled.filtered(lambda card: card.points > 0) - self.applied_coupon_ids
        if pooled:
            self.applied_coupon_ids = [Command.link(card.id) for card in pooled]
        return super()._update_programs_and_rewards()

    def _get_pool_members(self):
        members = self.env["crm.loyalty.pool.member"].sudo()
        return members.search(
            [("partner_id", "=", self.partner_id.id), ("active", "=", True)]
        )

    def _get_earning_card(self, card):
        """The pool's card, for a member."""
        if card.partner_id != self.partner_id:
            return card
        found = self._get_pool_members().filtered(
            lambda member: member.program_id == card.program_id
        )
        return found.pool_id.card_id or card

    def _are_earnings_pending(self, coupon):
        """What goes to the pool is not on the member's own card at this order."""
        return super()._are_earnings_pending(coupon) or (
            coupon.program_id.applies_on == "both"
            and self._get_earning_card(coupon) != coupon
        )
