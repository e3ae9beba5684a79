from odoo import api, fields, models


class CrmSegment(models.Model):
    """A named group of customers, defined by a filter and by ranges of scores."""

    _name = "crm.segment"
    _description = "Customer Segment"
    _order = "family_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False, help="Short technical name, unique in a company")
    family_id = fields.Many2one("crm.segment.family", index=True, ondelete="restrict")
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(translate=True)
    domain = fields.Char(string="Filter", default="[]")
    condition_ids = fields.One2many(
        "crm.segment.condition", "segment_id", string="Score Conditions", copy=True
    )
    company_id = fields.Many2one("res.company", index=True)
    active = fields.Boolean(default=True)
    member_ids = fields.One2many("crm.segment.member", "segment_id", readonly=True)
    member_count = fields.Integer(string="Members", compute="_compute_member_count")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL",
        "Another segment of the company already has this code.",
    )

    def _compute_member_count(self):
        groups = self.env["crm.segment.member"]._read_group(
            [("segment_id", "in", self.ids), ("valid_to", "=", False)],
            ["segment_id"],
            ["__count"],
        )
        counts = {segment.id: count for segment, count in groups}
        for segment in self:
            segment.member_count = counts.get(segment.id, 0)

    @api.model
    def _refresh(self, segments=None, on_date=None):
        raise NotImplementedError
