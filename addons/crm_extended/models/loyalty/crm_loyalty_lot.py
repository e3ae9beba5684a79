from odoo import api, fields, models


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
    partner_id = fields.Many2one(related="card_id.partner_id", string="Member")
    program_id = fields.Many2one(related="card_id.program_id", string="Programme")
    entry_id = fields.Many2one("crm.loyalty.entry", string="Earned by", readonly=True)
    amount = fields.Float(digits=(20, 0), readonly=True)
    remaining = fields.Float(digits=(20, 0), readonly=True, help="Not used yet")
    held = fields.Float(
        string="Held Units",
        digits=(20, 0),
        readonly=True,
        help="Of these, reserved",
    )
    points_left = fields.Float(string="Points", compute="_compute_points")
    points_held = fields.Float(string="Held", compute="_compute_points")
    available_at = fields.Datetime(
        readonly=True, help="Until then pending, e.g. for the time of a return"
    )
    expires_at = fields.Datetime(readonly=True, help="Empty: never")
    noticed_at = fields.Datetime(
        string="Member Told",
        readonly=True,
        help="When told of the expiry",
    )

    @api.depends("remaining", "held", "card_id")
    def _compute_points(self):
        digits = self.env["crm.loyalty.ledger"]._get_digits(self.card_id)
        for lot in self:
            scale = 10 ** digits.get(lot.card_id.id, 0)
            lot.points_left = lot.remaining / scale
            lot.points_held = lot.held / scale
