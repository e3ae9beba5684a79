from odoo import fields, models


class ConsentChannel(models.Model):
    """A way to address people, for which they are asked."""

    _name = "crm.consent.channel"
    _description = "Consent Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False, help="Short name used by programs")
    sequence = fields.Integer(default=50)
    address = fields.Selection(
        [("email", "E-mail Address"), ("phone", "Phone Number")],
        string="Reached By",
        help="A refusal by this address or number holds for everybody who has it.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "Another channel has this code.")
