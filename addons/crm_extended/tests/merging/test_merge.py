from odoo.tests import tagged

from .merge_common import MergeCase

CALLED = "Called about strings"


@tagged("post_install", "-at_install")
class TestMerge(MergeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jan = cls.make("Jan Novak", email="jan@example.com")
        cls.honza = cls.make("Honza Novak", phone="+420777123456", city="Praha")

    def test_orders_and_messages_follow_the_surviving_customer(self):
        order = self.order(self.honza)
        self.honza.message_post(body=CALLED)
        self.merge(self.jan, self.honza, reason="Same phone")
        self.assertEqual(order.partner_id, self.jan)
        self.assertEqual(order.partner_shipping_id, self.jan)
        self.assertIn(CALLED, str(self.jan.message_ids.mapped("body")))

    def test_merged_record_is_archived_and_points_to_the_survivor(self):
        merge = self.merge(self.jan, self.honza)
        self.assertFalse(self.honza.active)
        self.assertEqual(self.honza.merged_into_id, self.jan)
        self.assertEqual(merge.user_id, self.steward)
        self.assertEqual(merge.source_ids.partner_id, self.honza)

    def test_gaps_are_filled_and_own_values_stay(self):
        self.merge(self.jan, self.honza)
        self.assertEqual(self.jan.name, "Jan Novak")
        self.assertEqual(self.jan.city, "Praha")
        self.assertEqual(self.jan.phone_sanitized, "+420777123456")

    def test_undo_brings_everything_back(self):
        self.order(self.honza)
        self.honza.message_post(body=CALLED)
        before = self.picture()
        merge = self.merge(self.jan, self.honza)
        self.assertNotEqual(before, self.picture())
        merge.action_undo()
        self.assert_same(before, self.picture())
        self.assertEqual(merge.state, "undone")
