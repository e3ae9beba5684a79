from odoo import fields, models

from odoo.addons.crm_extended.models.interactions.crm_interaction import CHANNELS


class ContactChannel(models.Model):
    """A way customers reach us, as queues name the ones they serve."""

    _name = "crm.channel"
    _description = "Contact Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(CHANNELS, required=True)
    icon = fields.Char(help="Font Awesome class, e.g. fa-envelope")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "There is already a channel of this kind."
    )
