from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .segment_common import DAY, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentPreview(SegmentCase):
    """Whom a definition takes is told before it is saved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers[:4].city = "Hilltown"
        rows = [(c.id, n % 5 + 1, None) for n, c in enumerate(cls.customers)]
        cls.frequency._store(rows, DAY)
        cls.segment = cls.make_segment(
            "Hill", domain=repr([("city", "=", "Hilltown")])
        ).with_user(cls.manager)

    def names(self, customers):
        return {one["name"] for one in customers}

    def test_saved_definition_shows_count_and_examples(self):
        found = self.segment.preview()
        self.assertEqual(found["count"], 4)
        self.assertEqual(
            self.names(found["fits"]), set(self.customers[:4].mapped("name"))
        )

    def test_unsaved_conditions_count_and_tell_who_only_just_misses(self):
        condition = {"score_id": self.frequency.id, "kind": "minimum", "minimum": 3}
        found = self.segment.preview({"condition_ids": [Command.create(condition)]})
        self.assertFalse(found["error"])
        self.assertEqual(found["count"], 2)  # the third and the fourth
        near = {part["why"]: self.names(part["customers"]) for part in found["near"]}
        self.assertEqual(len(near), 2)
        by_score = near["Frequency at least 3"]
        self.assertLessEqual(by_score, set(self.customers[:2].mapped("name")))
        [by_city] = [names for why, names in near.items() if "City" in why]
        self.assertFalse(by_city & set(self.customers[:4].mapped("name")))
        self.assertFalse(self.segment.condition_ids)

    def test_a_new_segment_is_previewed_before_it_exists(self):
        segments = self.env["crm.segment"].with_user(self.manager)
        domain = repr([("city", "=", "Hilltown"), ("name", "=", "Tester 0001")])
        found = segments.preview({"name": "New", "domain": domain})
        self.assertEqual(found["count"], 1)
        self.assertTrue(found["near"])
        self.assertEqual(segments.preview()["count"], 0)

    def test_customers_are_counted_by_company(self):
        self.customers[0].company_id = self.env.company
        found = self.segment.preview()
        self.assertEqual(sum(one["count"] for one in found["companies"]), 4)

    def test_what_is_wrong_is_told(self):
        for domain in ("[('nothing', '=', 1)]", "__import__('os')", "[("):
            with self.subTest(domain=domain):
                found = self.segment.preview({"domain": domain})
                self.assertTrue(found["error"])
                self.assertFalse(found["count"])

    def test_only_who_may_define_previews_what_is_not_saved(self):
        segment = self.segment.with_user(self.user)
        self.assertEqual(segment.preview()["count"], 4)
        with self.assertRaises(AccessError):
            segment.preview({"domain": "[]"})
        with self.assertRaises(AccessError):
            self.segment.with_user(self.stranger).preview()
        with self.assertRaises(UserError):
            self.segment.preview("x")

    def test_an_unsaved_filter_is_read_with_the_access_of_who_types_it(self):
        self.segment.sudo().definer_id = self.env.ref("base.user_admin")
        domain = repr([("user_ids.password", "!=", False)])
        found = self.segment.preview({"domain": domain})
        self.assertTrue(found["error"] or not found["count"])


@tagged("post_install", "-at_install")
class TestSegmentTour(HttpCase):
    def test_pictures_in_the_browser(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Tour {n}", "city": "Tourville"} for n in range(60)]
        )
        family = self.env["crm.segment.family"].create(
            {"name": "Tour Family", "code": "tour", "sequence": 0, "exclusive": True}
        )
        wide, narrow = self.env["crm.segment"].create(
            [
                {"name": "Tour Wide", "domain": repr([("id", "in", partners.ids)])},
                {
                    "name": "Tour Narrow",
                    "domain": repr([("id", "in", partners[:3].ids)]),
                    "family_id": family.id,
                },
            ]
        )
        scores = self.env["crm.score"].create(
            [
                {"name": "Tour Rows", "code": "t_rows", "sequence": -2},
                {"name": "Tour Columns", "code": "t_columns", "sequence": -1},
            ]
        )
        for score in scores:
            rows = [(p.id, n % 5, None) for n, p in enumerate(partners)]
            score._store(rows, "2026-01-01")
        self.env["crm.segment"]._refresh(wide | narrow)
        self.start_tour(
            f"/odoo/action-crm_extended.action_segment/{wide.id}",
            "crm_extended_segment_pictures",
            login="admin",
        )
        made = self.env["crm.segment"].search([("name", "=", "Tour Picked")])
        self.assertEqual(made.condition_ids.subject, "grid")
        self.assertEqual(made.condition_ids.cells, [[5, 5]])
