from odoo import fields, models


class CrmSegmentFamily(models.Model):
    """Segments that divide customers from one point of view, as value or region."""

    _name = "crm.segment.family"
    _description = "Segment Family"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    exclusive = fields.Boolean(
        help="A customer is in one segment of the family only: the first, in their "
        "order, that takes the customer"
    )
    segment_ids = fields.One2many("crm.segment", "family_id", string="Segments")
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another family already has this code; choose a different one."
    )
