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
