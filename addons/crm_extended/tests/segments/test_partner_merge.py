from odoo.tests import tagged

from .segment_common import DAY, LATER, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestPartnerMerge(SegmentCase):
    """Odoo's own merge of contacts keeps what is known of both customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept, cls.gone = cls.customers[:2]
        cls.fives = cls.make_segment("Fives", [(cls.recency, 5, 5)])

    def merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.kept | self.gone).ids, self.kept)
        self.env.invalidate_all()
        self.assertEqual(self.gone.merged_into_id, self.kept)
        self.assertFalse(self.gone.active)

    def stays(self):
        rows = self.env["crm.segment.member"].search(
            [("segment_id", "=", self.fives.id), ("partner_id", "=", self.kept.id)],
            order="valid_from",
        )
        return [(str(m.valid_from), m.valid_to and str(m.valid_to)) for m in rows]

    def test_both_in_the_segment_are_in_it_once_since_the_earlier_day(self):
        self.rate(self.recency, [1, 5])
        self.refresh(DAY)
        self.rate(self.recency, [5, 5])
        self.refresh(NEXT)
        self.merge()
        self.assertEqual(self.stays(), [(DAY, False)])
        self.assertEqual(self.kept.segment_ids, self.fives)

    def test_separate_stays_of_both_are_one_history(self):
        self.rate(self.recency, [1, 5])
        self.refresh(DAY)
        self.rate(self.recency, [1, 1])
        self.refresh(NEXT)
        self.rate(self.recency, [5, 1])
        self.refresh(LATER)
        self.merge()
        self.assertEqual(self.stays(), [(DAY, NEXT), (LATER, False)])

    def test_membership_of_the_merged_customer_alone_is_kept(self):
        self.rate(self.recency, [1, 5])
        self.refresh(DAY)
        self.merge()
        self.assertEqual(self.stays(), [(DAY, False)])

    def test_exclusive_family_stays_exclusive(self):
        values = {"family_id": self.family.id}
        best = self.make_segment("Best", [(self.frequency, 5, 5)], **values)
        good = self.make_segment("Good", [(self.frequency, 1, 5)], **values)
        self.rate(self.frequency, [2, 5])
        self.refresh(DAY)
        self.merge()
        self.assertEqual(self.kept.segment_ids & (best | good), best)

    def test_scores_are_kept_the_remaining_customers_first(self):
        self.rate(self.recency, [4, 5])
        self.rate(self.frequency, [None, 3])
        self.merge()
        values = {v.score_id: v.value for v in self.kept.score_value_ids}
        self.assertEqual(values, {self.recency: 4, self.frequency: 3})

    def test_interactions_follow_and_a_common_message_stays_once(self):
        message = self.env["mail.message"].create(
            {"body": "For both", "model": "res.partner", "res_id": self.kept.id}
        )
        self.env["crm.interaction"].create(
            [
                {"partner_id": self.kept.id, "message_id": message.id},
                {"partner_id": self.gone.id, "message_id": message.id},
                {
                    "partner_id": self.gone.id,
                    "channel": "call",
                    "res_model": "res.partner",
                    "res_id": self.gone.id,
                },
            ]
        )
        self.merge()
        interactions = self.kept.interaction_ids
        self.assertEqual(len(interactions), 2)
        call = interactions.filtered(lambda i: i.channel == "call")
        self.assertEqual(call.res_id, self.kept.id)
