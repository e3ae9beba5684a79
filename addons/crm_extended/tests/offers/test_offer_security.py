from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .offer_common import OfferCase


@tagged("post_install", "-at_install")
class TestOfferSecurity(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(
            cls.env, "t_offer_reader", groups="crm_extended.group_customer_user"
        )
        cls.stranger = new_test_user(cls.env, "t_offer_no", groups="base.group_user")
        cls.offer = cls.offers.create(
            {
                "partner_id": cls.anna.id,
                "user_id": cls.seller.id,
                "line_ids": [(0, 0, {"product_id": cls.bow.id})],
            }
        )

    def test_a_seller_works_with_own_offers_only(self):
        own = self.offer.with_user(self.seller)
        own.discount = 3
        self.assertTrue(own.action_make_quotation()["res_id"])
        foreign = self.offers.create({"partner_id": self.ben.id})
        with self.assertRaises(AccessError):
            foreign.with_user(self.seller).discount = 3
        self.assertTrue(foreign.with_user(self.seller).read(["partner_id"]))

    def test_who_sees_customers_reads_offers(self):
        seen = self.offer.with_user(self.reader)
        self.assertEqual(seen.line_ids.product_id, self.bow)
        for act in (
            seen.action_make_quotation,
            seen.action_refuse,
            seen.action_propose_again,
            seen.unlink,
        ):
            with self.assertRaises(AccessError):
                act()

    def test_others_see_nothing(self):
        for model in ("crm.offer", "crm.offer.line", "crm.offer.hint", "crm.offer.run"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.stranger).search([])

    def test_nobody_writes_what_became_of_an_offer(self):
        for vals in ({"state": "accepted"}, {"decided_on": "2026-01-01"}):
            with self.assertRaisesRegex(UserError, "outcome"):
                self.offer.with_user(self.seller).write(vals)

    def test_offers_stay_in_their_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.offers.create(
            {"partner_id": self.anna.id, "company_id": other.id}
        )
        found = self.offers.with_user(self.reader).search([])
        self.assertIn(self.offer, found)
        self.assertNotIn(hidden, found)

    def test_hints_and_runs_are_the_policy_managers(self):
        manager = new_test_user(
            self.env, "t_offer_manager", groups="crm_extended.group_policy_manager"
        )
        hint = {"bought_id": self.bow.id, "offered_id": self.stand.id}
        self.env["crm.offer.hint"].with_user(manager).create(hint)
        for user in (self.seller, self.reader):
            with self.assertRaises(AccessError):
                self.env["crm.offer.hint"].with_user(user).create(
                    {"bought_id": self.bow.id, "offered_id": self.piano.id}
                )
