from unittest.mock import patch

from odoo.tests import tagged

from .segment_common import DAY, LATER, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentFit(SegmentCase):
    """Segments are answered together where they can be, one by one where not."""

    def history(self, segments):
        """Every stay as people read it, whatever way it was found."""
        self.env.invalidate_all()
        return sorted(
            (
                stay.segment_id.name,
                stay.partner_id.id,
                stay.company_id.id,
                str(stay.valid_from),
                str(stay.valid_to),
                stay.reason,
            )
            for stay in segments.sudo().member_ids
        )

    def tell(self, segments):
        """What three days of change leave behind: entering, leaving, coming back."""
        for day, recency, spent in (
            (DAY, [5, 1, 3, 5], [10, 20]),
            (NEXT, [1, 5, 3, 4], [10, None, 30]),
            (NEXT, [5, 5, None, 4], [20, None, 30]),
            (LATER, [2, 5, 5], [None, 20, 10]),
        ):
            self.rate(self.recency, recency)
            self.rate(self.recency, recency[::-1], company=self.other)
            self.rate(self.spent, spent)
            self.customers[3].company_id = self.other if day == NEXT else False
            self.refresh(day)
        return self.history(segments)

    def test_together_or_one_by_one_the_stays_are_the_same(self):
        self.other = self.env["res.company"].create({"name": "Harmonia Kraków"})
        self.spent = self.env["crm.score"].create({"name": "Spent", "code": "t_spent"})
        ids = repr([("id", "in", self.customers.ids)])
        segments = (
            self.make_segment("Fives", [(self.recency, 5, 5)])
            | self.make_segment(
                "Theirs", [(self.recency, 4, 5)], company_id=self.other.id
            )
            | self.make_segment("By hand", domain=ids)
            | self.make_segment(
                "Either", [(self.recency, 4, 5), (self.spent, 20, 30)], match="any"
            )
            | self.make_segment("Both", [(self.recency, 1, 5)], domain=ids)
        )
        found = []
        for plain in (True, False):
            savepoint = self.env.cr.savepoint()
            # the best of those who fit are never found together with others
            with patch.object(type(segments), "_is_plain", lambda _self, p=plain: p):
                found.append(self.tell(segments))
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)
        self.assertTrue(found[0])
        self.assertEqual(found[0], found[1])

    def test_a_filter_that_only_the_database_refuses_stops_no_other(self):
        broken = self.make_segment("Broken", domain="[('name', '=', 'nobody')]")
        sound = self.make_segment("Sound", [(self.recency, 5, 5)])
        self.rate(self.recency, [5])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_segment SET domain = %s WHERE id = %s",
            (r"[('name', '=like', 'Tester%\\')]", broken.id),
        )
        self.env.invalidate_all()
        self.assertEqual(self.refresh()["problems"], 1)
        self.assertIn("LIKE pattern", broken.problem)
        self.assertFalse(sound.problem)
        self.assertEqual(self.members(sound), self.customers[0])

    def test_a_filter_over_other_tables_is_found_too(self):
        tag = self.env["res.partner.category"].create({"name": "Collector"})
        self.customers[1].category_id = tag
        segment = self.make_segment(
            "Collectors", domain="[('category_id.name', '=', 'Collector')]"
        )
        self.refresh()
        self.assertEqual(self.members(segment), self.customers[1])
        self.customers[1].category_id = False
        self.refresh(NEXT)
        self.assertFalse(self.members(segment))

    def test_a_customer_who_changes_company_takes_the_stay_along(self):
        other = self.env["res.company"].create({"name": "Harmonia Kraków"})
        segment = self.make_segment(
            "Chosen", domain=repr([("id", "=", self.customers[0].id)])
        )
        self.refresh()
        self.assertFalse(segment.member_ids.company_id)
        self.customers[0].company_id = other
        counts = self.refresh(NEXT)
        self.assertEqual((counts["entered"], counts["left"]), (0, 0))
        self.assertEqual(segment.sudo().member_ids.company_id, other)
        self.assertEqual(str(segment.member_ids.valid_from), DAY)
