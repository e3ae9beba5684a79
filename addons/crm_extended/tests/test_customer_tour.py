from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestCustomerTour(HttpCase):
    def test_shop_assistant_sees_why_a_customer_is_in_a_segment(self):
        customer, _stranger = self.env["res.partner"].create(
            [{"name": "Aaa Tour Customer"}, {"name": "Aab Tour Stranger"}]
        )
        today = fields.Date.today()
        score = self.env["crm.score"].create(
            {
                "name": "Tour Score",
                "code": "tour",
                "decimals": 0,
                "evidence_template": "Because of {n}",
            }
        )
        score._store([(customer.id, 5, {"n": 7})], today)
        condition = {"score_id": score.id, "minimum": 5, "maximum": 5}
        segment = self.env["crm.segment"].create(
            {"name": "Tour Segment", "condition_ids": [Command.create(condition)]}
        )
        self.env["crm.segment"]._refresh(segment, today)
        self.env["crm.interaction"].create(
            {"partner_id": customer.id, "subject": "Asked for a rare pressing"}
        )
        new_test_user(self.env, "tour_shop", groups="crm_extended.group_customer_user")
        self.start_tour("/odoo", "crm_extended_customer", login="tour_shop")
