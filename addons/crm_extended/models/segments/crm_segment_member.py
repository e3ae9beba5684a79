from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

CURRENT = "crm_segment_current"

# One row per stay that touches another is kept, stretched over all of them. The stays
# of both customers in one segment are read as one history: somebody who was in twice at
# the same time was in once.
MERGE = """
    WITH stays AS (
        SELECT id, segment_id, valid_from, valid_to,
               max(COALESCE(valid_to, 'infinity')) OVER (
                   PARTITION BY segment_id ORDER BY valid_from, id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
          FROM crm_segment_member WHERE partner_id IN %(all)s
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE until IS NULL OR valid_from > until) OVER (
                   PARTITION BY segment_id ORDER BY valid_from, id) AS stay
          FROM stays
    ), merged AS (
        SELECT (array_agg(id ORDER BY valid_from, id))[1] AS id, array_agg(id) AS ids,
               NULLIF(max(COALESCE(valid_to, 'infinity')), 'infinity') AS valid_to
          FROM numbered GROUP BY segment_id, stay
    ), gone AS (
        DELETE FROM crm_segment_member m USING merged g
         WHERE m.id = ANY(g.ids) AND m.id != g.id
    )
    SELECT id, valid_to FROM merged
"""


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
    company_id = fields.Many2one("res.company", index=True, ondelete="cascade")
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
        days = [fields.Date.to_date(day) for day in value if day]
        return Domain.OR(
            Domain("valid_from", "<=", day)
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">", day))
            for day in days
        )

    # ------------------------------------------------------------------ merging

    def _merge_partners(self, sources, target):
        """Give the stays of merged customers to the one that remains, losing no day.

        Ends that the union of both would leave in two segments of an exclusive family
        are closed today, in the order of the family.
        """
        self.env.flush_all()
        everyone = tuple((sources | target).ids)
        rows = self.env.execute_query(SQL(MERGE, all=everyone))
        if rows:
            self.env.execute_query(
                SQL(
                    "UPDATE crm_segment_member m SET partner_id = %s, valid_to = "
                    "g.valid_to FROM (VALUES %s) AS g (id, valid_to) WHERE m.id = g.id",
                    target.id,
                    SQL(", ").join(SQL("(%s, %s::date)", *row) for row in rows),
                )
            )
        self.invalidate_model(flush=False)
        self._close_doubles(target)

    def _close_doubles(self, partner):
        open_ = self.sudo().search(
            [("partner_id", "=", partner.id), ("valid_to", "=", False)]
        )
        today = fields.Date.context_today(self)
        for family, members in open_.grouped("family_id").items():
            if family.exclusive:
                ranked = members.sorted(
                    lambda m: (m.segment_id.sequence, m.segment_id.id)
                )
                kept = self.browse()
                for member in ranked:
                    company = member.segment_id.company_id
                    rivals = kept.segment_id.filtered(
                        lambda s, c=company: not c or s.company_id in (c, c.browse())
                    )
                    if not rivals:
                        kept |= member
                    elif member.valid_from < today:
                        member.valid_to = today
                    else:
                        member.unlink()
