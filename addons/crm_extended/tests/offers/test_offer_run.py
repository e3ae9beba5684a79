from odoo.exceptions import UserError
from odoo.tests import tagged

from .offer_common import OfferCase


@tagged("post_install", "-at_install")
class TestOfferRun(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["crm.segment"].create(
            {"name": "Offered", "domain": "[('name', 'like', 'Offered')]"}
        )
        cls.env["crm.segment"]._refresh(cls.segment)
        cls.run_ = cls.env["crm.offer.run"].create(
            {"segment_id": cls.segment.id, "discount": 5, "shared": True}
        )

    def test_members_for_whom_there_is_a_reason_get_an_offer(self):
        self.anna.user_id = self.seller
        self.buy(self.anna, self.strings, 95, 65, 35)
        self.run_._run()
        self.assertEqual(self.run_.state, "done", self.run_.error)
        offer = self.offers.search([("run_id", "=", self.run_.id)])
        self.assertEqual(offer.partner_id, self.anna)
        self.assertEqual(offer.user_id, self.seller)
        self.assertEqual(offer.discount, 5)
        self.assertTrue(offer.shared)
        self.assertEqual((self.run_.member_count, self.run_.offer_count), (2, 1))

    def test_run_again_nobody_gets_a_second_one(self):
        self.buy(self.anna, self.strings, 95, 65, 35)
        self.run_._run()
        again = self.run_.copy()
        again._run()
        self.assertEqual((again.offer_count, again.waiting_count), (0, 1))

    def test_offers_that_would_be_over_are_not_made(self):
        self.run_.valid_until = "2020-01-01"
        with self.assertRaisesRegex(UserError, "later last day"):
            self.run_.action_start()
