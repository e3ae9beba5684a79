from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .segment_common import DAY, LATER, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestSegment(SegmentCase):
    def test_customer_is_in_the_first_segment_of_an_exclusive_family_that_fits(self):
        best = self.make_segment(
            "Best", [(self.recency, 5, 5)], family_id=self.family.id
        )
        good = self.make_segment(
            "Good", [(self.recency, 3, 5)], family_id=self.family.id
        )
        beside = self.make_segment("Beside", [(self.recency, 3, 5)])
        self.rate(self.recency, [5, 5, 4, 3, 2])
        self.refresh()
        self.assertEqual(self.members(best), self.customers[:2])
        self.assertEqual(self.members(good), self.customers[2:4])
        self.assertEqual(self.members(beside), self.customers[:4])

    def test_order_of_the_family_decides(self):
        best = self.make_segment(
            "Best", [(self.recency, 5, 5)], family_id=self.family.id
        )
        good = self.make_segment(
            "Good", [(self.recency, 3, 5)], family_id=self.family.id
        )
        self.rate(self.recency, [5, 4])
        self.refresh()
        good.sequence, best.sequence = 1, 2
        self.refresh(NEXT, good)  # the family is refreshed with it
        self.assertEqual(self.members(good), self.customers[:2])
        self.assertFalse(self.members(best))

    def test_reason_names_the_values_that_decided(self):
        segment = self.make_segment(
            "Champions", [(self.recency, 4, 5), (self.frequency, 4, 5)]
        )
        self.rate(self.recency, [5])
        self.rate(self.frequency, [4])
        self.refresh()
        self.assertEqual(
            segment.member_ids.reason,
            "Recency 5, Frequency 4: needs Recency 4 to 5, Frequency 4 to 5",
        )

    def test_reason_is_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        self.recency.with_context(lang="cs_CZ").name = "Čerstvost"
        self.env.company.partner_id.lang = "cs_CZ"
        segment = self.make_segment("Fresh", [(self.recency, 5, 5)])
        self.rate(self.recency, [5])
        self.refresh()
        self.assertIn("Čerstvost 5", segment.member_ids.reason)

    def test_reason_tells_a_filter_in_words(self):
        poland = self.env.ref("base.pl")
        domain = [
            ("country_id", "=", poland.id),
            ("partner_share", "=", True),
            ("create_date", ">=", "today -3m"),
            ("email", "=", False),
        ]
        segment = self.make_segment("Polish", domain=str(domain))
        self.customers[0].country_id = poland
        self.refresh()
        member = segment.member_ids.filtered(
            lambda m: m.partner_id == self.customers[0]
        )
        self.assertEqual(
            member.reason,
            "Country is Poland, Created on since 3 months ago, Email is empty",
        )

    def test_only_the_conditions_that_hold_are_named_when_any_suffices(self):
        segment = self.make_segment(
            "Either", [(self.recency, 4, 5), (self.frequency, 4, 5)], match="any"
        )
        self.rate(self.recency, [5, 1])
        self.rate(self.frequency, [1, 4])
        self.refresh()
        reasons = {m.partner_id: m.reason for m in segment.member_ids}
        self.assertTrue(reasons[self.customers[0]].startswith("Recency 5: "))
        self.assertTrue(reasons[self.customers[1]].startswith("Frequency 4: "))

    def test_missing_value_can_be_asked_for_and_is_never_zero(self):
        without = self.make_segment(
            "Unknown",
            domain="[('city', '=', 'Testville')]",
            condition_ids=[
                Command.create({"score_id": self.recency.id, "kind": "missing"})
            ],
        )
        low = self.make_segment("Low", [(self.recency, 0, 1)])
        self.rate(self.recency, [0, 5])
        self.refresh()
        self.assertEqual(self.members(without), self.customers[2:])
        self.assertEqual(self.members(low), self.customers[0])

    def test_condition_with_one_end_is_open_at_the_other(self):
        score = {"score_id": self.recency.id}
        high = self.make_segment(
            "High", condition_ids=[Command.create({**score, "minimum": 4})]
        )
        low = self.make_segment(
            "Low", condition_ids=[Command.create({**score, "maximum": 2})]
        )
        self.rate(self.recency, [1, 3, 900, -5])
        self.refresh()
        self.assertEqual(self.members(high), self.customers[2])
        self.assertEqual(self.members(low), self.customers[0] | self.customers[3])

    def test_segment_without_definition_takes_nobody(self):
        segment = self.make_segment("Empty")
        self.refresh()
        self.assertFalse(segment.member_ids)

    def test_count_is_live_while_the_definition_is_edited(self):
        self.rate(self.recency, [5, 5, 4, 1])
        with Form(self.env["crm.segment"].with_user(self.manager)) as form:
            form.name = "Live"
            form.domain = "[('city', '=', 'Testville')]"
            self.assertEqual(form.preview_count, 10)
            with form.condition_ids.new() as line:
                line.score_id = self.recency
                line.minimum, line.maximum = 4, 5
            self.assertEqual(form.preview_count, 3)
            form.domain = "[('nonsense"
            self.assertIn("plain list", form.preview_error)
            form.domain = "[('city', '=', 'Testville')]"

    def test_range_upside_down_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "lower one"):
            self.make_segment("Odd", [(self.recency, 5, 4)])

    def test_archived_segment_and_archived_customer_are_left(self):
        segment = self.make_segment("Fives", [(self.recency, 5, 5)])
        self.rate(self.recency, [5, 5])
        self.refresh()
        self.customers[0].active = False
        self.refresh(NEXT)
        self.assertEqual(self.members(segment), self.customers[1])
        segment.active = False
        self.refresh(LATER)
        self.assertFalse(self.members(segment))

    def test_run_refreshes_and_tells_what_it_did(self):
        segment = self.make_segment("Fives", [(self.recency, 5, 5)])
        self.rate(self.recency, [5, 5])
        action = segment.with_user(self.manager).action_refresh()
        run = self.env["crm.segment.run"].browse(action["res_id"])
        self.assertEqual(run.state, "queued")
        run._run()
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual((run.entered, run.left, run.member_count), (2, 0, 2))

    def test_broken_definition_keeps_its_members_and_does_not_stop_others(self):
        broken = self.make_segment("Broken", [(self.recency, 5, 5)])
        sound = self.make_segment("Sound", [(self.recency, 5, 5)])
        self.rate(self.recency, [5])
        self.refresh()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_segment SET domain = %s WHERE id = %s",
            ("[('field_of_removed_addon', '=', 1)]", broken.id),
        )
        broken.invalidate_recordset()
        self.rate(self.recency, [1, 5])
        counts = self.refresh(NEXT)
        self.assertEqual(counts["problems"], 1)
        self.assertIn("Broken", broken.problem)
        self.assertEqual(self.members(broken), self.customers[0])
        self.assertEqual(self.members(sound), self.customers[1])
        broken.domain = "[]"
        self.refresh(NEXT)
        self.assertFalse(broken.problem)
        self.assertEqual(self.members(broken), self.customers[1])

    def test_refresh_of_the_past_is_refused(self):
        self.make_segment("Fives", [(self.recency, 5, 5)])
        self.rate(self.recency, [5])
        self.refresh(NEXT)
        with self.assertRaisesRegex(UserError, "later one"):
            self.refresh(DAY)

    def test_score_in_use_is_not_deleted_unless_its_addon_leaves(self):
        segment = self.make_segment("Fives", [(self.recency, 5, 5)])
        with self.assertRaisesRegex(UserError, "Fives"):
            self.recency.unlink()
        self.recency.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
        self.assertFalse(segment.active, "without its score it would take everybody")

    def test_nightly_refresh_is_switched_in_the_settings(self):
        cron = self.env.ref("crm_extended.ir_cron_refresh_segment")
        for on in (False, True):
            settings = self.env["res.config.settings"].create({})
            settings.crm_refresh_segments = on
            settings.execute()
            self.assertEqual(cron.active, on)
            again = self.env["res.config.settings"].create({})
            self.assertEqual(again.crm_refresh_segments, on)

    def test_night_queues_one_refresh_of_everything(self):
        runs = self.env["crm.segment.run"]
        before = runs.search([])
        runs._cron_refresh()
        run = runs.search([]) - before
        self.assertEqual((run.state, run.segment_ids), ("queued", run.segment_ids[:0]))
