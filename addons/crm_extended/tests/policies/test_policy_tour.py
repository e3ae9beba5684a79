from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPolicyTour(HttpCase):
    def test_a_manager_previews_and_activates_a_policy(self):
        self.env["res.config.settings"].create(
            {"group_product_pricelist": True}
        ).execute()
        new_test_user(
            self.env,
            "tour_policy",
            "crm_extended.group_policy_manager,product.group_product_pricelist",
        )
        customer = self.env["res.partner"].create({"name": "Tour Customer"})
        segment = self.env["crm.segment"].create(
            {"name": "Tour Segment", "domain": f"[('id', '=', {customer.id})]"}
        )
        self.env["crm.segment.member"].create(
            {
                "segment_id": segment.id,
                "partner_id": customer.id,
                "valid_from": fields.Date.today(),
            }
        )
        pricelist = self.env["product.pricelist"].create({"name": "Tour List"})
        self.env["crm.policy"].create(
            {
                "name": "Tour Policy",
                "segment_id": segment.id,
                "company_id": self.env.company.id,
                "pricelist_id": pricelist.id,
                "sequence": 1,
            }
        )
        model = type(self.env["crm.policy.run"])
        with patch.object(model, "_enqueue", lambda run: run):
            self.start_tour("/odoo", "crm_extended_policy", login="tour_policy")
        self.assertEqual(customer.property_product_pricelist, pricelist)
