from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestWithdrawalTour(HttpCase, GoldenCase):
    def test_manager_withdraws_a_source_and_undoes_it(self):
        new_test_user(
            self.env, "wdr_manager", groups="crm_extended.group_customer_manager"
        )
        bought = self.make_source("Tour List", 20)
        person = self.make_partner("Tour Bought", phone="1")
        record = self.say(bought, person, name="Tour Bought", phone="1")
        seen = []  # whether person, record and source stand, after each run
        model = type(self.env["crm.source.withdrawal"])
        begin = model._begin

        def note(run):
            begin(run)
            self.env.invalidate_all()
            seen.append((person.active, bool(record.exists()), bought.active))

        with (
            patch.object(model, "_enqueue", lambda run: run),
            patch.object(model, "_begin", note),
        ):
            self.start_tour(
                f"/odoo/crm.source/{bought.id}",
                "crm_extended_withdrawal",
                login="wdr_manager",
            )
        self.env.invalidate_all()
        self.assertEqual(seen, [(False,) * 3, (True,) * 3])
        self.assertTrue(person.active and bought.active)
        rows = self.env["crm.source.record"].search([("source_id", "=", bought.id)])
        self.assertEqual(rows.mapped("key"), [str(person.id)])
        self.assertEqual(rows.partner_id, person)
