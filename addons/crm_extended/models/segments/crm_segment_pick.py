from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmSegmentPick(models.Model):
    """A customer whom somebody put on the list of a segment by hand.

    Only a segment with the condition Chosen by Hand looks at its list; the customer is
    a member from the next refresh on.
    """

    _name = "crm.segment.pick"
    _description = "Customer Chosen by Hand"
    _order = "create_date desc, id desc"
    _rec_name = "partner_id"

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    note = fields.Char(string="Why", help="Told as the reason of the membership")
    company_id = fields.Many2one(related="segment_id.company_id", store=True)
    create_uid = fields.Many2one("res.users", string="Chosen By", readonly=True)
    create_date = fields.Datetime(string="Chosen On", readonly=True)

    _pick_uniq = models.Constraint(
        "UNIQUE (segment_id, partner_id)",
        "The customer is on the list of this segment already.",
    )

    @api.model
    def _add(self, segment, partners, note=False):
        """Put customers on the list in one go; who is on it stays as he is.

        :return: number of customers added
        """
        known = self.search(
            [("segment_id", "=", segment.id), ("partner_id", "in", partners.ids)]
        ).partner_id
        fresh = partners - known
        self.create(
            [
                {"segment_id": segment.id, "partner_id": partner.id, "note": note}
                for partner in fresh
            ]
        )
        return len(fresh)

    @api.constrains("segment_id", "partner_id")
    def _check_seen(self):
        """Nobody chooses a customer whom he does not see."""
        partners = self.partner_id
        if len(partners._filtered_access("read")) < len(partners):
            raise UserError(
                self.env._("Choose customers of your own companies for the list.")
            )


class CrmSegment(models.Model):
    _inherit = "crm.segment"

    def _has_list(self):
        """Whether the definition looks at the list, wherever in it."""
        return "manual" in self.env["crm.segment.condition"].search(
            [("segment_id", "in", self.ids)]
        ).mapped("subject")

    def _give_list(self):
        """Let the segment look at its list: besides whom it takes already."""
        self.ensure_one()
        if self._has_list():
            return
        if not self._is_defined():
            self.write({"condition_ids": [(0, 0, {"subject": "manual"})]})
            return
        # what was asked until now becomes one way in, the list is the other
        top = self._get_conditions()
        ways = [(0, 0, {"subject": "manual"})]
        if not self._parse_domain().is_true():
            ways.append((0, 0, {"subject": "domain", "domain": self.domain}))
        if top and (self.match == "all" or len(ways) > 1):
            raise UserError(
                self.env._(
                    "Segment %(segment)s is defined by conditions already. Open it and "
                    "add the condition Chosen by Hand where it belongs.",
                    segment=self.name,
                )
            )
        self.write({"domain": "[]", "match": "any", "condition_ids": ways})

    def action_open_picks(self):
        """Open who was put on the list by hand."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_segment_pick"
        )
        return {
            **action,
            "display_name": self.env._("List of %(name)s", name=self.name),
            "domain": [("segment_id", "=", self.id)],
            "context": {"default_segment_id": self.id},
        }
