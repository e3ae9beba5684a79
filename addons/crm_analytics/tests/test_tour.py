import shutil
import tempfile

from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestPivotTour(HttpCase):
    def test_the_pivot_shows_numbers_and_leads_to_the_customer(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.env["ir.config_parameter"].set_param(
            "crm_analytics.warehouse_path", folder
        )
        segment = self.env["crm.segment"].create(
            {
                "name": "Tour Segment",
                "family_id": self.env.ref("crm_analytics.segment_family_rfm").id,
            }
        )
        customer = self.env["res.partner"].create({"name": "Tour Customer"})
        self.env["crm.segment.member"].create(
            {
                "segment_id": segment.id,
                "partner_id": customer.id,
                "valid_from": "2024-01-01",
            }
        )
        self.env["crm.purchase"].search([]).unlink()
        self.env["crm.purchase"].create(
            {
                "partner_id": customer.id,
                "date": "2024-02-03",
                "amount": 123.45,
                "channel": "shop",
            }
        )
        self.env["crm.warehouse.run"]._refresh_now()
        self.env["res.partner"].flush_model()
        self.start_tour("/odoo", "crm_analytics_purchase_pivot", login="admin")
