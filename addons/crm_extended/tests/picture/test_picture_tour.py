from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPictureTour(HttpCase):
    def test_a_colleague_reads_the_picture_and_opens_a_document(self):
        customer = self.env["res.partner"].create(
            {"name": "Aaa Tour Customer", "email": "tour@example.com"}
        )
        order = self.env["sale.order"].create({"partner_id": customer.id})
        order.action_confirm()
        now = fields.Datetime.now()
        self.env["crm.interaction"].create(
            [
                {
                    "partner_id": customer.id,
                    "channel": channel,
                    "subject": subject,
                    "date": now - timedelta(days=days),
                }
                for channel, subject, days in (
                    ("call", "Asked for a rare pressing", 3),
                    ("visit", "Listened for an hour", 30),
                )
            ]
        )
        self.env["crm.purchase"].create(
            {
                "partner_id": customer.id,
                "date": now.date() - timedelta(days=20),
                "amount": 30,
                "product_name": "Kind of Blue",
            }
        )
        new_test_user(
            self.env,
            "tour_picture",
            groups="crm_extended.group_customer_user,"
            "sales_team.group_sale_salesman_all_leads",
        )
        self.start_tour("/odoo", "crm_extended_picture", login="tour_picture")
