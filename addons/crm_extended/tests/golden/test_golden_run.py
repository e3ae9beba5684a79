from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestGoldenRun(GoldenCase):
    """A changed trust or rule holds for what was said before, once somebody asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jana, cls.petr = cls.make_partner(phone="1"), cls.make_partner("Petr")
        for partner in cls.jana | cls.petr:
            cls.say(cls.till, partner, phone="1", city="Brno")
            cls.say(cls.web, partner, day="2026-05-01", phone="2", city="Brno")
        cls.say(cls.krakow, cls.make_partner("Adam", phone="5"), phone="6")
        people = cls.jana | cls.petr
        cls.golden._redecide({one.id: {"phone", "city"} for one in people})
        cls.rule = cls.env["crm.survivorship.rule"].search(
            [("field_ids.name", "=", "phone"), ("company_id", "=", False)]
        )

    def run_of(self, **vals):
        run = self.env["crm.golden.run"].with_user(self.steward).create(vals)
        run._run()
        self.assertEqual(run.state, "done", run.error)
        return run

    def test_a_changed_trust_is_counted_first_and_then_written(self):
        self.assertEqual(self.jana.phone, "1")
        self.web.trust = 90
        run = self.run_of(source_id=self.web.id)
        self.assertEqual((run.customer_count, run.changed_count), (2, 2))
        self.assertIn("Phone: 2", run.outcome)
        self.assertEqual(self.jana.phone, "1", "only counted")
        action = run.action_apply()
        applied = self.env["crm.golden.run"].browse(action["res_id"])
        applied._run()
        self.assertEqual((applied.changed_count, applied.value_count), (2, 2))
        self.assertEqual((self.jana | self.petr).mapped("phone"), ["2", "2"])
        self.assertEqual(self.get_row(self.jana, "phone").source_id, self.web)
        self.assertFalse(self.run_of(source_id=self.web.id).value_count)
        with self.assertRaisesRegex(UserError, "already"):
            applied.action_apply()

    def test_a_changed_rule_decides_its_own_fields_alone(self):
        self.rule.write({"first": "newest", "second": False, "third": False})
        self.jana.with_context(golden_machine=True).sudo().city = "Praha"
        self.run_of(rule_id=self.rule.id, only_count=False)
        self.assertEqual(self.jana.phone, "2")
        self.assertEqual(self.jana.city, "Praha")

    def test_what_a_person_pinned_stays(self):
        record = self.till.record_ids.filtered(lambda r: r.partner_id == self.jana)
        self.golden._pin(self.jana, ["phone"], {"phone": "1"}, record)
        self.web.trust = 90
        self.run_of(source_id=self.web.id, only_count=False)
        self.assertEqual((self.jana.phone, self.petr.phone), ("1", "2"))

    def test_customers_of_another_company_are_left_alone(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.petr.company_id = other
        self.web.trust = 90
        self.assertEqual(self.run_of(source_id=self.web.id).customer_count, 1)

    def test_a_clerk_decides_nothing(self):
        clerk = new_test_user(
            self.env, "gol_clerk", groups="crm_extended.group_customer_user"
        )
        for record in (self.rule, self.web):
            with self.assertRaises(AccessError):
                record.with_user(clerk).action_decide_anew()
        run = self.run_of(source_id=self.web.id)
        with self.assertRaises(AccessError):
            run.with_user(clerk).read(["changed_count"])
        with self.assertRaises(AccessError):
            run.with_user(self.steward).write({"changed_count": 5})

    def test_an_archived_rule_is_refused(self):
        self.rule.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.rule.with_user(self.steward).action_decide_anew()

    def test_a_steward_and_a_manager_can_open_a_rule_and_press_the_button(self):
        manager = new_test_user(
            self.env, "run_manager", groups="crm_extended.group_customer_manager"
        )
        for user in (self.steward, manager):
            rule = self.rule.with_user(user)
            self.assertTrue(Form(rule).field_ids[:])  # opened, not saved
            self.assertIn("action_decide_anew", rule.get_view()["arch"])
            self.assertEqual(rule.action_decide_anew()["res_model"], "crm.golden.run")
