from odoo import fields, models


class CrmSegmentMember(models.Model):
    """One stay of a customer in a segment: since when, until when and why.

    `valid_from` is the first day in, `valid_to` the first day out. Rows are written by
    SQL in sets when segments are refreshed.
    """

    _name = "crm.segment.member"
    _description = "Segment Membership"
    _order = "valid_from desc, id desc"
    _log_access = False

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", index=True, ondelete="cascade")
    valid_from = fields.Date(string="Since", required=True)
    valid_to = fields.Date(string="Left On", help="Empty while the customer is in")
    reason = fields.Char(help="What decided that the customer belongs to the segment")

    _open_uniq = models.UniqueIndex(
        "(segment_id, partner_id) WHERE valid_to IS NULL",
        "A customer is in a segment once.",
    )
    _period = models.Constraint(
        "CHECK (valid_to > valid_from)", "A stay in a segment lasts a day at least."
    )
