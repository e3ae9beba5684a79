from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PolicyCase


@tagged("post_install", "-at_install")
class TestPolicyApply(PolicyCase):
    def test_activation_sets_price_list_term_and_credit_of_the_members(self):
        self.enter(self.gold, self.anna, self.choir)
        self.activate(
            self.policy(
                self.gold,
                pricelist_id=self.gold_list.id,
                payment_term_id=self.term.id,
                limits_credit=True,
                credit_limit=5000,
            )
        )
        for partner in (self.anna, self.choir, self.singer):
            self.assertEqual(partner.property_product_pricelist, self.gold_list)
            self.assertEqual(partner.property_payment_term_id, self.term)
            self.assertEqual(partner.credit_limit, 5000)
        self.assertNotEqual(self.eva.property_product_pricelist, self.gold_list)

    def test_leaving_the_segment_brings_the_own_value_back(self):
        self.anna.property_payment_term_id = self.env["account.payment.term"].create(
            {"name": "Own"}
        )
        own = self.anna.property_payment_term_id
        self.enter(self.gold, self.anna)
        self.activate(self.policy(self.gold, payment_term_id=self.term.id))
        self.assertEqual(self.anna.property_payment_term_id, self.term)
        self.leave(self.gold, self.anna)
        self.assertEqual(self.anna.property_payment_term_id, own)
        self.assertFalse(self.anna.policy_effect_ids)

    def test_whoever_enters_at_a_refresh_is_treated_at_once(self):
        self.activate(self.policy(self.gold, pricelist_id=self.gold_list.id))
        self.gold.domain = f"[('id', '=', {self.eva.id})]"
        self.env["crm.segment"]._refresh(self.gold)
        self.assertEqual(self.eva.property_product_pricelist, self.gold_list)

    def test_what_a_person_entered_meanwhile_stays(self):
        self.enter(self.gold, self.anna)
        self.activate(self.policy(self.gold, pricelist_id=self.gold_list.id))
        self.anna.specific_property_product_pricelist = self.school_list
        self.run_kind("reconcile")
        self.assertEqual(
            self.anna.specific_property_product_pricelist, self.school_list
        )
        self.leave(self.gold, self.anna)
        self.assertEqual(
            self.anna.specific_property_product_pricelist, self.school_list
        )

    def test_each_company_keeps_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.enter(self.gold, self.anna)
        self.activate(self.policy(self.gold, payment_term_id=self.term.id))
        self.assertEqual(self.anna.property_payment_term_id, self.term)
        self.assertFalse(self.anna.with_company(other).property_payment_term_id)

    def test_a_repeated_run_changes_nothing(self):
        self.enter(self.gold, self.anna)
        self.activate(self.policy(self.gold, pricelist_id=self.gold_list.id))
        effect = self.anna.policy_effect_ids
        since, written = effect.since, self.anna.write_date
        run = self.run_kind("reconcile")
        self.assertFalse(run.set_count + run.change_count + run.restore_count)
        self.assertEqual((effect.since, self.anna.write_date), (since, written))

    def test_the_number_of_statements_does_not_grow_with_customers(self):
        many = self.env["res.partner"].create([{"name": f"C{i}"} for i in range(60)])
        self.enter(self.gold, *many[:2])
        policy = self.policy(self.gold, pricelist_id=self.gold_list.id)
        self.activate(policy)
        policies = self.env["crm.policy"]

        def count(partners):
            self.enter(self.gold, *partners)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            policies._apply(partners.ids)
            return self.env.cr.sql_log_count - before

        count(many[2:3])  # warm up
        self.assertEqual(count(many[3:5]), count(many[5:]))
        self.assertEqual(many[-1].property_product_pricelist, self.gold_list)

    def test_a_value_like_everybodys_is_no_own_value(self):
        """As Odoo keeps it, so that what it prunes is not taken for a person's."""
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 700.0, company_id=self.company.id
        )
        self.enter(self.gold, self.anna)
        self.activate(self.policy(self.gold, limits_credit=True, credit_limit=700))
        self.anna.credit_limit = 700
        self.env.flush_all()
        self.assertFalse(self.find_by_hand(self.anna))

    def find_by_hand(self, partner):
        return self.env["crm.policy.exception"].search(
            [("kind", "=", "by_hand"), ("partner_id", "=", partner.id)]
        )

    def test_a_value_entered_by_hand_is_reported_and_can_be_set_again(self):
        self.enter(self.gold, self.anna)
        self.activate(self.policy(self.gold, pricelist_id=self.gold_list.id))
        self.anna.specific_property_product_pricelist = self.school_list
        self.env.flush_all()
        found = self.find_by_hand(self.anna)
        self.assertEqual(found.rule, "pricelist")
        found.with_user(self.manager).action_set_again()
        self.assertEqual(self.anna.property_product_pricelist, self.gold_list)
        self.assertFalse(self.find_by_hand(self.anna))

    def test_a_preview_changes_nothing_and_says_who_would_change(self):
        self.enter(self.gold, self.anna, self.eva)
        draft = self.policy(self.gold, pricelist_id=self.gold_list.id)
        run = self.run_kind("preview", draft)
        self.assertEqual(run.set_count, 2)
        self.assertEqual(run.change_ids.partner_id, self.anna | self.eva)
        self.assertEqual(set(run.change_ids.mapped("value_from")), {"None"})
        self.assertIn("Gold", run.change_ids[0].value_to)
        self.assertNotEqual(self.anna.property_product_pricelist, self.gold_list)
        self.assertEqual(draft.state, "draft")

    def test_a_new_version_replaces_and_an_undo_brings_the_old_one_back(self):
        self.enter(self.gold, self.anna)
        first = self.policy(self.gold, pricelist_id=self.gold_list.id)
        self.activate(first)
        second = self.env["crm.policy"].browse(first.action_revise()["res_id"])
        self.assertEqual((second.version, second.root_id), (2, first.root_id))
        self.assertEqual(second.pricelist_id, self.gold_list)
        second.write({"pricelist_id": self.school_list.id, "reason": "New prices"})
        self.activate(second)
        self.assertEqual(first.state, "replaced")
        self.assertEqual(self.anna.property_product_pricelist, self.school_list)
        self.run_kind("undo", second)
        self.assertEqual((first.state, second.state), ("active", "withdrawn"))
        self.assertEqual(self.anna.property_product_pricelist, self.gold_list)
        self.run_kind("withdraw", first)
        self.assertFalse(self.anna.specific_property_product_pricelist)

    def test_what_holds_is_not_edited(self):
        policy = self.policy(self.gold, pricelist_id=self.gold_list.id)
        policy.with_user(self.manager).max_discount = 5
        self.activate(policy)
        with self.assertRaisesRegex(UserError, "New Version"):
            policy.with_user(self.manager).max_discount = 50
        with self.assertRaisesRegex(UserError, "New Version"):
            policy.with_user(self.manager).write(
                {
                    "authority_ids": [
                        (
                            0,
                            0,
                            {
                                "kind": "discount",
                                "group_id": self.env.ref("base.group_user").id,
                                "amount": 90,
                            },
                        )
                    ]
                }
            )
        with self.assertRaisesRegex(UserError, "history"):
            policy.with_user(self.manager).unlink()

    def test_activation_needs_a_reason(self):
        policy = self.policy(self.gold, pricelist_id=self.gold_list.id, reason=" ")
        with self.assertRaisesRegex(UserError, "Why"):
            policy.action_activate()

    def test_a_shared_policy_names_nothing_of_one_company(self):
        self.gold_list.company_id = self.company
        with self.assertRaisesRegex(UserError, "all companies"):
            self.policy(self.gold, pricelist_id=self.gold_list.id, company_id=False)
