from odoo import fields, models

STATES = [
    ("held", "Held"),
    ("captured", "Spent"),
    ("released", "Given Back"),
    ("lapsed", "Lapsed"),
]


class LoyaltyReservation(models.Model):
    """Points held for a while, such as for an order that is being paid.

    Nobody else can use them meanwhile, and they do not expire. It is settled once:
    spent, given back, or lapsed when its time is over.
    """

    _name = "crm.loyalty.reservation"
    _description = "Points Reservation"
    _order = "id desc"
    _auto = False
    _log_access = False

    card_id = fields.Many2one("loyalty.card", readonly=True)
    amount = fields.Float(digits=(20, 0), readonly=True)
    state = fields.Selection(STATES, readonly=True)
    expires_at = fields.Datetime(string="Held Until", readonly=True)
    entry_id = fields.Many2one("crm.loyalty.entry", string="Spent by", readonly=True)
    reason = fields.Char(readonly=True)
    document = fields.Char(readonly=True)
    at = fields.Datetime(string="Time", readonly=True)
