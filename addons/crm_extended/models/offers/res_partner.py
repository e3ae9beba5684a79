from odoo import api, fields, models
from odoo.exceptions import UserError

from .crm_offer import OPEN


class ResPartner(models.Model):
    _inherit = "res.partner"

    offer_count = fields.Integer(string="Offers", compute="_compute_offer_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_offer_count(self):
        self.offer_count = 0
        if not self.env["crm.offer"].has_access("read"):
            return
        groups = self.env["crm.offer"]._read_group(
            [("partner_id", "in", self.ids), ("state", "in", OPEN)],
            ["partner_id"],
            ["__count"],
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.offer_count = counts.get(partner._origin.id, 0)

    def action_propose_offer(self):
        """Open the customer's open offer, or propose one.

        :raises UserError: nothing speaks for any product; says what would
        """
        self.ensure_one()
        self.check_access("read")
        offers = self.env["crm.offer"]
        domain = [("partner_id", "=", self.id), ("state", "=", "proposed")]
        domain += [("company_id", "=", self.env.company.id)]
        offer = offers.search(domain, limit=1) or offers._propose(
            self, self.env.company
        )
        if not offer:
            raise UserError(
                self.env._(
                    "Nothing speaks for a product yet. Note a need of the customer "
                    "with its product, add cross-selling hints, or make a quotation by "
                    "hand."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.offer",
            "res_id": offer.id,
            "views": [(False, "form")],
        }

    def action_open_offers(self):
        """Open all offers of the customer, also those that are over."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_offer"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
