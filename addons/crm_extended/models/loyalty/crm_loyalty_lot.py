from odoo import fields, models


class LoyaltyLot(models.Model):
    """Points earned together, with one expiry; used in the order in which they expire.

    `remaining` and `held` are moved by postings; their sums over a card are its balance
    and what is reserved, which the database checks.
    """

    _name = "crm.loyalty.lot"
    _description = "Points Lot"
    _order = "expires_at, id"
    _auto = False
    _log_access = False

    card_id = fields.Many2one("loyalty.card", readonly=True)
    entry_id = fields.Many2one("crm.loyalty.entry", string="Earned by", readonly=True)
    amount = fields.Float(digits=(20, 0), readonly=True)
    remaining = fields.Float(digits=(20, 0), readonly=True, help="Not used yet")
    held = fields.Float(digits=(20, 0), readonly=True, help="Of these, reserved")
    available_at = fields.Datetime(
        readonly=True, help="Until then pending, e.g. for the time of a return"
    )
    expires_at = fields.Datetime(readonly=True, help="Empty: never")
