from odoo import fields, models


class CrmSegmentCondition(models.Model):
    """A range that a score of the customer must lie in."""

    _name = "crm.segment.condition"
    _description = "Score Condition of a Segment"
    _order = "segment_id, sequence, id"

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    score_id = fields.Many2one("crm.score", required=True, ondelete="restrict")
    kind = fields.Selection(
        [("range", "Is Between"), ("missing", "Has No Value")],
        default="range",
        required=True,
    )
    minimum = fields.Float(digits=False, help="Lowest value that still fits")
    maximum = fields.Float(digits=False, help="Highest value that still fits")
    company_id = fields.Many2one(related="segment_id.company_id", store=True)
