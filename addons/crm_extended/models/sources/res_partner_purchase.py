from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_purchase_count = fields.Integer(
        string="Past Purchases",
        compute="_compute_crm_purchase_count",
        groups="crm_extended.group_customer_user",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_purchase_count(self):
        """A company's number holds its contacts' purchases too, as its sales do."""
        self.crm_purchase_count = 0
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        groups = self.env["crm.purchase"]._read_group(
            [("partner_id", "in", family.ids)], ["partner_id"], ["__count"]
        )
        shown = set(self._ids)
        for partner, count in groups:
            while partner:
                if partner.id in shown:
                    partner.crm_purchase_count += count
                partner = partner.parent_id

    def action_open_crm_purchases(self):
        """Open the customer's past purchases, its contacts' included."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_purchase"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id},
        }
