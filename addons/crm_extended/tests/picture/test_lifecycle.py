from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestLifecycle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(
            "crm_extended.lifecycle_active_days", "90"
        )
        cls.env["ir.config_parameter"].set_param(
            "crm_extended.lifecycle_lost_days", "365"
        )
        cls.customer = cls.env["res.partner"].create({"name": "Jana"})
        cls.today = fields.Date.context_today(cls.customer)

    def buy(self, *days_ago, partner=None, amount=10):
        self.env["crm.purchase"].create(
            [
                {
                    "partner_id": (partner or self.customer).id,
                    "date": self.today - timedelta(days=days),
                    "amount": amount,
                }
                for days in days_ago
            ]
        )

    def history(self, partner=None):
        """[(phase, days ago it began)], the oldest first."""
        self.env["crm.lifecycle"]._refresh(partner or self.customer)
        stays = self.env["crm.lifecycle"].search(
            [("partner_id", "=", (partner or self.customer).id)], order="valid_from"
        )
        for stay, after in zip(stays, stays[1:], strict=False):
            self.assertEqual(stay.valid_to, after.valid_from)
        self.assertFalse(stays[-1:].valid_to)
        return [(stay.phase, (self.today - stay.valid_from).days) for stay in stays]

    def test_who_did_nothing_has_no_phase_yet(self):
        self.assertEqual(self.history(), [])

    def test_a_life_from_the_first_purchase_to_being_won_back(self):
        self.buy(1000, 950, 500, 20)
        self.assertEqual(
            self.history(),
            [
                ("consumption", 1000),
                ("after_sales", 860),
                ("lost", 585),
                ("won_back", 500),
                ("after_sales", 410),
                ("lost", 135),
                ("won_back", 20),
            ],
        )
        stay = self.env["crm.lifecycle"].search(
            [("partner_id", "=", self.customer.id)], limit=1
        )
        self.assertEqual(stay.reason, "Bought again after 480 days")

    def test_the_second_purchase_after_being_lost_is_ordinary_buying(self):
        self.buy(500, 60, 30)
        self.assertEqual(self.history()[-2:], [("won_back", 60), ("consumption", 30)])

    def test_limits_are_days_that_still_count(self):
        self.buy(90)
        self.assertEqual(self.history()[-1], ("after_sales", 0))
        self.buy(89)
        self.assertEqual(self.history(), [("consumption", 90)])

    def test_a_return_is_no_purchase(self):
        self.buy(10, amount=-5)
        self.assertEqual(self.history(), [])

    def test_an_open_offer_is_deciding_and_a_declined_one_is_lost(self):
        lead = self.env["crm.lead"].create(
            {"name": "Piano", "partner_id": self.customer.id}
        )
        self.assertEqual(self.history(), [("acquisition", 0)])
        self.buy(0)
        self.assertEqual(self.history(), [("consumption", 0)])
        self.env["crm.purchase"].search(
            [("partner_id", "=", self.customer.id)]
        ).unlink()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '9 days' "
            "WHERE id = %s",
            [lead.id],
        )
        lead.action_set_lost()
        self.assertEqual(self.history(), [("acquisition", 9), ("lost", 0)])

    def test_an_order_counts_as_a_purchase(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        self.assertEqual(self.history(), [("acquisition", 0)])
        order.action_confirm()
        self.assertEqual(self.history(), [("consumption", 0)])

    def test_people_count_for_their_company(self):
        company = self.env["res.partner"].create({"name": "School", "is_company": True})
        self.customer.parent_id = company
        self.buy(5)
        self.assertEqual(self.history(company), [("consumption", 5)])
        self.assertEqual(self.history(), [])

    def test_a_refresh_of_all_repeats_safely_and_mends(self):
        self.buy(500)
        run = self.env["crm.lifecycle.run"].create({})
        run._run()
        self.assertEqual(run.state, "done", run.error)
        run._run()
        self.assertEqual(run.touched, 0)
        self.env["crm.purchase"].search(
            [("partner_id", "=", self.customer.id)]
        ).unlink()
        run._run()
        self.assertFalse(
            self.env["crm.lifecycle"].search([("partner_id", "=", self.customer.id)])
        )

    def test_companies_have_lives_of_their_own(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        self.buy(5)
        self.env["crm.purchase"].search(
            [("partner_id", "=", self.customer.id)]
        ).company_id = other
        self.env["crm.lifecycle"]._refresh(self.customer)
        shop = new_test_user(self.env, "t_life", "crm_extended.group_customer_user")
        stays = self.env["crm.lifecycle"].with_user(shop)
        self.assertFalse(stays.search([("partner_id", "=", self.customer.id)]))
        with self.assertRaises(AccessError):
            stays.create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.env.company.id,
                    "phase": "lost",
                    "valid_from": "2026-01-01",
                }
            )

    def test_nonsense_limits_fall_back(self):
        for value in ("-1", "x", "0", "9" * 30):
            self.env["ir.config_parameter"].set_param(
                "crm_extended.lifecycle_active_days", value
            )
            active, lost = self.env["crm.lifecycle"]._get_limits()
            self.assertTrue(0 < active < lost <= 36501)
