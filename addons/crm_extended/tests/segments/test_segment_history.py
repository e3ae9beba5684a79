from odoo import fields
from odoo.tests import tagged

from .segment_common import DAY, LATER, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentHistory(SegmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fives = cls.make_segment("Fives", [(cls.recency, 5, 5)])

    def stays(self, customer):
        stays = self.fives.member_ids.filtered(lambda m: m.partner_id == customer)
        return [
            (str(m.valid_from), m.valid_to and str(m.valid_to))
            for m in stays.sorted("valid_from")
        ]

    def rows(self):
        self.env.cr.execute(
            "SELECT id, ctid::text, xmin::text, xmax::text FROM crm_segment_member "
            "WHERE segment_id = %s ORDER BY id",
            (self.fives.id,),
        )
        return self.env.cr.fetchall()

    def test_stays_are_dated_across_days(self):
        first, second = self.customers[:2]
        self.rate(self.recency, [5, 1])
        self.refresh(DAY)
        self.rate(self.recency, [1, 5])
        self.refresh(NEXT)
        self.rate(self.recency, [5, 5])
        self.refresh(LATER)
        self.assertEqual(self.stays(first), [(DAY, NEXT), (LATER, False)])
        self.assertEqual(self.stays(second), [(NEXT, False)])

    def test_members_on_a_day_count_the_first_day_and_not_the_day_of_leaving(self):
        first = self.customers[0]
        self.rate(self.recency, [5])
        self.refresh(DAY)
        self.rate(self.recency, [1])
        self.refresh(LATER)
        for day, members in (
            ("2030-02-28", first.browse()),
            (DAY, first),
            ("2030-03-31", first),
            (LATER, first.browse()),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.fives._members_on(day), members)
                self.assertEqual(
                    self.env["crm.segment.member"]
                    .search([("as_of", "=", day), ("segment_id", "=", self.fives.id)])
                    .partner_id,
                    members,
                )

    def test_repeated_refresh_touches_no_row(self):
        self.rate(self.recency, [5, 5, 5, 1])
        self.refresh(DAY)
        before = self.rows()
        counts = self.refresh(DAY)
        self.assertEqual((counts["entered"], counts["left"]), (0, 0))
        self.refresh(NEXT)
        self.assertEqual(self.rows(), before)

    def test_entering_and_leaving_on_one_day_leaves_nothing(self):
        self.rate(self.recency, [5])
        self.refresh(DAY)
        self.rate(self.recency, [1])
        self.refresh(DAY)
        self.assertFalse(self.fives.member_ids)

    def test_leaving_and_coming_back_on_one_day_is_one_stay(self):
        first = self.customers[0]
        self.rate(self.recency, [5])
        self.refresh(DAY)
        self.rate(self.recency, [1])
        self.refresh(NEXT)
        self.rate(self.recency, [5])
        self.refresh(NEXT)
        self.assertEqual(self.stays(first), [(DAY, False)])

    def test_movements_add_up_to_the_size_on_every_day(self):
        for day, values in ((DAY, [5, 5, 5]), (NEXT, [1, 5, 5]), (LATER, [5, 5, 1])):
            self.rate(self.recency, values)
            self.refresh(day)
        movements = self.env["crm.segment.movement"].search(
            [("segment_id", "=", self.fives.id)]
        )
        for day in (DAY, NEXT, LATER):
            size = sum(
                m.change for m in movements if m.date <= fields.Date.to_date(day)
            )
            self.assertEqual(size, len(self.fives._members_on(day)), day)

    def test_number_of_statements_does_not_depend_on_customers(self):
        self.customers += self.make_customers(190)
        self.make_segment("More", [(self.recency, 2, 5)], family_id=self.family.id)
        self.rate(self.recency, [5])
        self.refresh(DAY)  # warms caches of fields, rules and languages
        self.rate(self.recency, [None, 5])
        small = self.count_statements(NEXT)
        self.rate(self.recency, [5] * 200)
        large = self.count_statements(LATER)
        self.assertEqual(len(self.members(self.fives)), 200)
        self.assertLessEqual(large, small)

    def count_statements(self, day):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.refresh(day)
        return self.env.cr.sql_log_count - before
