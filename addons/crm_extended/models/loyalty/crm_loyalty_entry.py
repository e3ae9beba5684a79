from odoo import api, fields, models

from ...ledger import schema

KINDS = [
    ("earn", "Earned"),
    ("spend", "Spent"),
    ("expire", "Expired"),
    ("reverse", "Reversed"),
    ("return", "Returned"),
]
FLOWS = [
    ("opening", "Opening balance"),
    ("sale", "Order"),
    ("return", "Return of goods"),
    ("pos", "Point of sale"),
    ("event", "Event"),
    ("manual", "By hand"),
    ("correction", "Correction"),
    ("transfer", "Transfer"),
    ("merge", "Merged customers"),
    ("owed", "Debt of points"),
    ("exchange", "Partner's system"),
]


class LoyaltyEntry(models.Model):
    """One movement of points of a loyalty card, never changed afterwards.

    Rows come from `crm.loyalty.ledger` alone, and the database refuses to change or
    delete them: what was wrong is reversed by another row. `seq` numbers a card's rows
    without gaps.
    """

    _name = "crm.loyalty.entry"
    _description = "Points Entry"
    _order = "id desc"
    _auto = False  # ids of 64 bits; tables and guards are those of `ledger.schema`
    _log_access = False

    card_id = fields.Many2one("loyalty.card", readonly=True)
    seq = fields.Integer(string="Number", readonly=True, aggregator=None)
    kind = fields.Selection(KINDS, readonly=True)
    amount = fields.Float(
        digits=(20, 0), readonly=True, help="In the programme's smallest unit"
    )
    points = fields.Float(readonly=True, help="Below 0 they were taken")
    short = fields.Float(
        string="Owed",
        digits=(20, 0),
        readonly=True,
        help="What could not be taken and is owed; below 0 it was paid. In the "
        "programme's smallest unit",
    )
    balance_after = fields.Float(
        string="Balance", digits=(20, 0), readonly=True, aggregator=None
    )
    reverses_id = fields.Many2one("crm.loyalty.entry", readonly=True)
    returns_id = fields.Many2one("crm.loyalty.entry", readonly=True)
    reservation_id = fields.Many2one("crm.loyalty.reservation", readonly=True)
    client = fields.Char(readonly=True, help="Which part or partner posted it")
    key = fields.Char(readonly=True, help="Repeated, it is answered and not done again")
    flow = fields.Selection(FLOWS, string="Because of", readonly=True)
    event = fields.Char(readonly=True, help="Code of the event that earned them")
    reason = fields.Char(readonly=True)
    document = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    at = fields.Datetime(string="Time", readonly=True)

    def init(self):
        for statement in schema.statements():
            self.env.cr.execute(statement)

    @api.model
    def _remove_ledger(self):
        """Take the guards away; for uninstalling only."""
        for statement in schema.removal():
            self.env.cr.execute(statement)
