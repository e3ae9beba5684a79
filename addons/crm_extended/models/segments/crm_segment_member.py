from odoo import fields, models
from odoo.tools import SQL

from .stays import on_days

CURRENT = "crm_segment_current"


class CrmSegmentMember(models.Model):
    """One stay of a customer in a segment: since when, until when and why.

    `valid_from` is the first day in, `valid_to` the first day out. Rows are written by
    SQL in sets when segments are refreshed. The view `crm_segment_current` shows who is
    in now, as the pairs of `res.partner.segment_ids`.
    """

    _name = "crm.segment.member"
    _description = "Segment Membership"
    _order = "valid_from desc, id desc"
    _log_access = False

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    family_id = fields.Many2one(related="segment_id.family_id")
    color = fields.Integer(related="segment_id.color")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="cascade"
    )
    valid_from = fields.Date(string="Since", required=True)
    valid_to = fields.Date(string="Left On", help="Empty while the customer is in")
    as_of = fields.Date(
        string="In on the Day",
        compute="_compute_as_of",
        search="_search_as_of",
        help="Finds who was in on a day",
    )
    reason = fields.Char(help="What decided that the customer belongs to the segment")

    _open_uniq = models.UniqueIndex(
        "(segment_id, partner_id) WHERE valid_to IS NULL",
        "A customer is in a segment once.",
    )
    _period = models.Constraint(
        "CHECK (valid_to > valid_from)", "A stay in a segment lasts a day at least."
    )

    def init(self):
        self.env.cr.execute(
            SQL(
                "CREATE OR REPLACE VIEW %s AS SELECT partner_id, segment_id "
                "FROM crm_segment_member WHERE valid_to IS NULL",
                SQL.identifier(CURRENT),
            )
        )

    def _compute_display_name(self):
        for member in self:
            member.display_name = (
                f"{member.partner_id.display_name}: {member.segment_id.display_name}"
            )

    def _compute_as_of(self):
        self.as_of = False

    def _search_as_of(self, operator, value):
        if operator != "in":
            return NotImplemented
        return on_days(fields.Date.to_date(day) for day in value if day)
