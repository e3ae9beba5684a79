from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CrmSegmentCondition(models.Model):
    """Looks at lists: chosen by hand, or the members of another segment."""

    _inherit = "crm.segment.condition"

    subject = fields.Selection(
        selection_add=[("manual", "Chosen by Hand"), ("segment", "Another Segment")],
        ondelete={"manual": "cascade", "segment": "cascade"},
    )
    other_id = fields.Many2one(
        "crm.segment", string="Members of", index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _get_definition_names(self):
        return [*super()._get_definition_names(), "other_id"]

    # ------------------------------------------------------------------ by hand

    def _test_manual(self, plan):
        segment = self.segment_id._origin.id
        plan.reads.add(f"pick:{segment}")
        return plan.contains(
            SQL(
                """SELECT k.partner_id,
                          k.note AS words
                     FROM crm_segment_pick k WHERE k.segment_id = %s AND %s""",
                segment or 0,
                plan.among(SQL("k.partner_id")),
            )
        )

    def _held_manual(self, plan, test):
        words = self._describe()
        return SQL("COALESCE(%s, %s)", plan.words(test), words)

    def _describe_manual(self):
        return self.env._("chosen by hand")

    # ------------------------------------------------------------------ a segment

    def _check_segment(self):
        if not self.other_id:
            raise UserError(self.env._("Choose the other segment."))
        if self.other_id._origin == self.segment_id._origin:
            raise UserError(self.env._("A segment cannot be defined by itself."))

    def _test_segment(self, plan):
        """Members as they are when this segment's turn comes: after the other's."""
        other = self.other_id._origin
        plan.reads.add(f"segment:{other.id}")
        return plan.contains(
            SQL(
                """SELECT m.partner_id, NULL::varchar AS words
                     FROM crm_segment_member m
                    WHERE m.segment_id = %s AND m.valid_to IS NULL
                      AND (m.company_id IS NULL OR m.company_id IN %s) AND %s""",
                other.id,
                self.segment_id._get_company_ids(),
                plan.among(SQL("m.partner_id")),
            )
        )

    def _describe_segment(self):
        # sudo: the name of a segment that the definition itself names
        return self.env._("in %(segment)s", segment=self.other_id.sudo().name)
