from odoo.exceptions import AccessError, MissingError
from odoo.tests import new_test_user, tagged

from .common import PolicyCase

USER = "crm_extended.group_customer_user"
MANAGER = "crm_extended.group_policy_manager"
LOYALTY = "crm_extended.group_loyalty_manager"
SALES = "sales_team.group_sale_salesman"
PORTAL = "base.group_portal"
# model: {group: operations allowed}
MATRIX = {
    "crm.policy": {USER: "r", MANAGER: "rwcu", LOYALTY: "r", SALES: "", PORTAL: ""},
    "crm.policy.way": {USER: "r", MANAGER: "rwcu", SALES: "", PORTAL: ""},
    "crm.policy.authority": {USER: "r", MANAGER: "rwcu", SALES: "", PORTAL: ""},
    "crm.policy.plan": {USER: "r", MANAGER: "rwcu", SALES: "", PORTAL: ""},
    "crm.policy.precedence": {USER: "r", MANAGER: "rwcu", SALES: "", PORTAL: ""},
    "crm.policy.effect": {USER: "r", MANAGER: "r", SALES: "", PORTAL: ""},
    "crm.policy.run": {USER: "", MANAGER: "rwcu", SALES: "", PORTAL: ""},
    "crm.policy.change": {USER: "", MANAGER: "r", SALES: "", PORTAL: ""},
    "crm.policy.override": {USER: "rwcu", MANAGER: "rwcu", SALES: "", PORTAL: ""},
    "crm.policy.approval": {USER: "r", MANAGER: "r", SALES: "r", PORTAL: ""},
    "crm.policy.launch": {USER: "", MANAGER: "r", SALES: "", PORTAL: ""},
    "crm.policy.exception": {USER: "", MANAGER: "r", SALES: "", PORTAL: ""},
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestPolicySecurity(PolicyCase):
    def test_each_role_may_do_what_it_should_and_nothing_else(self):
        groups = {group for rights in MATRIX.values() for group in rights}
        users = {
            group: new_test_user(self.env, f"h8_{group.split('.')[1]}", group)
            for group in groups
        }
        for model, rights in MATRIX.items():
            for group, allowed in rights.items():
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=model, group=group, operation=operation):
                        self.assertEqual(
                            self.env[model]
                            .with_user(users[group])
                            .has_access(operation),
                            letter in allowed,
                        )

    def test_only_managers_make_policies_and_nobody_writes_their_state(self):
        with self.assertRaises(AccessError):
            self.env["crm.policy"].with_user(self.clerk).create(
                {"name": "Mine", "segment_id": self.gold.id}
            )
        for values in (
            {"state": "active"},
            {"version": 9},
            {"activated_by_id": self.chief.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.env["crm.policy"].with_user(self.manager).create(
                    {"name": "Mine", "segment_id": self.gold.id, **values}
                )
        draft = self.policy(self.gold).with_user(self.manager)
        with self.assertRaises(AccessError):
            draft.state = "active"
        with self.assertRaises(AccessError):
            draft.with_user(self.clerk).action_activate()
        with self.assertRaises(AccessError):
            self.env["crm.policy.run"].with_user(self.manager).create(
                {"kind": "activate", "policy_id": draft.id, "state": "done"}
            )

    def test_the_context_does_not_fill_what_only_steps_write(self):
        override = (
            self.env["crm.policy.override"]
            .with_user(self.clerk)
            .with_context(
                default_state="granted", default_decided_by_id=self.manager.id
            )
            .create(
                {
                    "partner_id": self.anna.id,
                    "rule": "max_discount",
                    "number": 99,
                    "reason": "Please",
                }
            )
        )
        self.assertEqual(override.state, "asked")
        self.assertFalse(override.decided_by_id)

    def test_each_company_sees_its_own_policies_and_approvals(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "h8_stranger",
            MANAGER,
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.enter(self.gold, self.anna)
        mine = self.policy(
            self.gold,
            pricelist_id=self.gold_list.id,
            limits_discount=True,
            max_discount=1,
        )
        self.activate(mine)
        self.order(self.anna, 50).with_user(self.clerk).action_confirm()
        self.env.flush_all()
        for model in (
            "crm.policy",
            "crm.policy.effect",
            "crm.policy.approval",
            "crm.policy.exception",
            "crm.policy.run",
            "crm.policy.change",
        ):
            with self.subTest(model=model):
                foreign = self.env[model].search([("company_id", "=", self.company.id)])
                self.assertTrue(foreign)
                self.assertFalse(
                    self.env[model].with_user(stranger).search([]) & foreign
                )
        with self.assertRaises(AccessError):
            self.env["crm.policy.approval"].search(
                [("partner_id", "=", self.anna.id)]
            ).with_user(stranger).action_approve()

    def test_hostile_ids_are_refused(self):
        exceptions = self.env["crm.policy.exception"]
        for who in (self.clerk, self.chief):
            with self.assertRaises(AccessError):
                exceptions.with_user(who).browse([2**31 - 1, -1]).action_set_again()
        with self.assertRaises(MissingError):
            self.env["crm.policy.approval"].browse(2**31 - 1).with_user(
                self.clerk
            ).action_approve()


@tagged("post_install", "-at_install")
class TestPolicyRefund(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.books = "account.group_account_invoice"
        cls.clerk.group_ids += cls.env.ref(cls.books)
        cls.enter(cls.gold, cls.anna)
        line = {
            "kind": "refund",
            "group_id": cls.env.ref(cls.books).id,
            "amount": 50,
        }
        cls.activate(cls.policy(cls.gold, authority_ids=[(0, 0, line)]))

    def refund(self, partner, amount):
        return self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": partner.id,
                "invoice_date": "2026-01-05",
                "invoice_line_ids": [
                    (0, 0, {"name": "Back", "price_unit": amount, "tax_ids": False})
                ],
            }
        )

    def test_a_small_credit_note_is_posted_and_a_large_one_waits(self):
        if not self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        ):
            self.env["account.chart.template"].try_loading("generic_coa", self.company)
        small, large = self.refund(self.anna, 40), self.refund(self.anna, 400)
        small.with_user(self.clerk).action_post()
        self.assertEqual(small.state, "posted")
        told = large.with_user(self.clerk).action_post()
        self.assertEqual(told["tag"], "display_notification")
        self.assertEqual(large.state, "draft")
        approval = self.env["crm.policy.approval"].search([("move_id", "=", large.id)])
        self.assertEqual((approval.kind, approval.asked), ("refund", 400))
        boss = new_test_user(self.env, "h8_boss", f"{MANAGER},{self.books}")
        approval.with_user(boss).action_approve()
        self.assertEqual(large.state, "posted")
        free = self.refund(self.eva, 400)
        free.with_user(self.clerk).action_post()
        self.assertEqual(free.state, "posted")
