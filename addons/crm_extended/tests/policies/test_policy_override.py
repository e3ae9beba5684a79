from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PolicyCase


@tagged("post_install", "-at_install")
class TestPolicyOverride(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enter(cls.gold, cls.anna)
        cls.activate(
            cls.policy(
                cls.gold,
                pricelist_id=cls.gold_list.id,
                limits_discount=True,
                max_discount=10,
            )
        )

    def ask(self, **values):
        return (
            self.env["crm.policy.override"]
            .with_user(self.clerk)
            .create({"partner_id": self.anna.id, "reason": "Agreed by phone", **values})
        )

    def test_who_asks_is_noted_and_only_a_manager_grants(self):
        override = self.ask(pricelist_id=self.school_list.id)
        self.assertEqual((override.state, override.user_id), ("asked", self.clerk))
        with self.assertRaises(AccessError):
            override.action_grant()
        override.with_user(self.manager).action_grant()
        self.assertEqual(self.anna.property_product_pricelist, self.school_list)
        self.assertEqual(override.decided_by_id, self.manager)
        self.assertIn("Agreed by phone", self.anna.policy_text)

    def test_ended_it_gives_way_to_the_policy_again(self):
        override = self.ask(pricelist_id=self.school_list.id)
        override.with_user(self.manager).action_grant()
        override.with_user(self.manager).action_end()
        self.assertEqual(self.anna.property_product_pricelist, self.gold_list)
        self.leave(self.gold, self.anna)
        self.assertFalse(self.anna.specific_property_product_pricelist)

    def test_no_policy_gives_the_own_value_back(self):
        override = self.ask(suspends=True)
        override.with_user(self.manager).action_grant()
        self.assertFalse(self.anna.specific_property_product_pricelist)

    def test_it_ends_by_itself_after_its_last_day(self):
        today = fields.Date.today()
        override = self.ask(pricelist_id=self.school_list.id, date_to=today)
        override.with_user(self.manager).action_grant()
        override.sudo().write(
            {
                "date_from": today - timedelta(days=9),
                "date_to": today - timedelta(days=1),
            }
        )
        self.run_kind("reconcile")
        self.assertEqual(self.anna.property_product_pricelist, self.gold_list)

    def test_nobody_writes_the_decision_itself(self):
        with self.assertRaises(AccessError):
            self.ask(state="granted", pricelist_id=self.school_list.id)
        override = self.ask(pricelist_id=self.school_list.id)
        with self.assertRaises(AccessError):
            override.with_user(self.manager).write({"decided_by_id": self.chief.id})
        override.with_user(self.manager).action_grant()
        with self.assertRaises(UserError):
            override.with_user(self.manager).write({"reason": "Otherwise"})
        with self.assertRaises(UserError):
            override.with_user(self.manager).unlink()

    def test_it_says_what_holds_instead(self):
        with self.assertRaises(ValidationError):
            self.ask(rule="pricelist")
        for number in (-1, 101, float("inf")):
            with self.assertRaises(ValidationError):
                self.ask(rule="max_discount", number=number)

    def test_a_contact_person_means_the_company(self):
        override = self.ask(partner_id=self.singer.id, rule="max_discount", number=3)
        self.assertEqual(override.partner_id, self.choir)

    def test_exceptions_are_counted_by_person(self):
        self.ask(pricelist_id=self.school_list.id).with_user(
            self.manager
        ).action_grant()
        self.env.flush_all()
        report = self.env["crm.policy.exception"].with_user(self.manager)
        groups = report._read_group(
            [("partner_id", "=", self.anna.id)], ["kind", "user_id"], ["__count"]
        )
        self.assertEqual(groups, [("override", self.clerk, 1)])
