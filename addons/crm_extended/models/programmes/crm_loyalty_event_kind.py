from odoo import fields, models


class LoyaltyEventKind(models.Model):
    """What may happen, besides a purchase, that a programme gives points for.

    An addon adds a kind by one record with a code of its own, and calls
    `crm.loyalty.event._happened(code, rows)` where it happens.
    """

    _name = "crm.loyalty.event.kind"
    _description = "Kind of Loyalty Event"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="Its name for programs")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="When it counts as having happened")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another kind of event has this code already."
    )
