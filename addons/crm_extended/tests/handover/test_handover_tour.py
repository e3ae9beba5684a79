from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from .handover_common import MANAGER, SALES


@tagged("post_install", "-at_install")
class TestHandoverTour(HttpCase):
    def test_a_manager_plans_previews_runs_and_undoes_a_handover(self):
        jan = new_test_user(self.env, "tour_jan", groups=SALES, name="Tour Jan")
        new_test_user(self.env, "tour_eva", groups=SALES, name="Tour Eva")
        new_test_user(self.env, "tour_hana", groups=MANAGER, name="Tour Hana")
        customer = self.env["res.partner"].create(
            {"name": "Tour Customer", "user_id": jan.id}
        )
        model = type(self.env["crm.handover"])
        with patch.object(model, "_enqueue", lambda handover: handover):
            self.start_tour("/odoo", "crm_extended_handover", login="tour_hana")
        handover = self.env["crm.handover"].search([("user_id", "=", jan.id)])
        self.assertEqual((handover.state, handover.moved_count), ("undone", 1))
        self.assertEqual(customer.user_id, jan)
