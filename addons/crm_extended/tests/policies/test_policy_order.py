from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import PolicyCase


@tagged("post_install", "-at_install")
class TestPolicyOrder(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enter(cls.gold, cls.anna)
        cls.sales = cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.chiefs = cls.env.ref("sales_team.group_sale_manager")
        cls.gold_policy = cls.policy(
            cls.gold,
            limits_discount=True,
            max_discount=10,
            delivery_days=2,
            authority_ids=[
                (0, 0, {"kind": "discount", "group_id": cls.sales.id, "amount": 15}),
                (0, 0, {"kind": "discount", "group_id": cls.chiefs.id, "amount": 30}),
            ],
        )
        cls.activate(cls.gold_policy)

    def confirm(self, order, user=None):
        return order.with_user(user or self.clerk).action_confirm()

    def approvals(self, order):
        return self.env["crm.policy.approval"].search([("order_id", "=", order.id)])

    def test_an_order_within_the_policy_is_confirmed(self):
        order = self.order(self.anna, 10)
        self.confirm(order)
        self.assertEqual(order.state, "sale")
        self.assertFalse(self.approvals(order))
        promised = order.commitment_date - order.date_order
        self.assertAlmostEqual(promised.total_seconds(), 2 * 86400, delta=60)

    def test_what_somebody_decides_by_own_right_is_noted(self):
        order = self.order(self.anna, 12)
        self.confirm(order)
        self.assertEqual(order.state, "sale")
        approval = self.approvals(order)
        self.assertTrue(approval.own_right)
        self.assertEqual(approval.decided_by_id, self.clerk)

    def test_an_order_beyond_waits_and_one_click_confirms_it(self):
        order = self.order(self.anna, 20)
        told = self.confirm(order)
        self.assertEqual(told["params"]["type"], "warning")
        self.assertEqual(order.state, "draft")
        approval = self.approvals(order)
        self.assertEqual((approval.state, approval.user_id), ("waiting", self.clerk))
        self.assertEqual(approval.group_ids, self.chiefs)
        self.assertTrue(approval.activity_ids)
        self.assertTrue(order.with_user(self.chief).policy_can_decide)
        self.assertFalse(order.with_user(self.clerk).policy_can_decide)
        order.with_user(self.chief).action_approve_policy()
        self.assertEqual(order.state, "sale")
        self.assertEqual(approval.decided_by_id, self.chief)

    def test_nobody_approves_without_the_right(self):
        order = self.order(self.anna, 20)
        self.confirm(order)
        with self.assertRaises(AccessError):
            self.approvals(order).with_user(self.clerk).action_approve()
        with self.assertRaises(AccessError):
            self.approvals(order).with_user(self.clerk).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self.env["crm.policy.approval"].with_user(self.clerk).create(
                {
                    "kind": "discount",
                    "order_id": order.id,
                    "partner_id": self.anna.id,
                    "company_id": self.company.id,
                }
            )

    def test_an_approval_covers_what_was_asked_and_no_more(self):
        order = self.order(self.anna, 20)
        self.confirm(order)
        self.approvals(order).sudo().write({"state": "approved"})
        order.order_line.discount = 25
        self.confirm(order)
        self.assertEqual(order.state, "draft")
        order.order_line.discount = 19
        self.confirm(order)
        self.assertEqual(order.state, "sale")

    def test_a_lower_price_is_a_discount_too(self):
        order = self.order(self.anna)
        order.order_line.price_unit = 70
        self.confirm(order)
        self.assertEqual(order.state, "draft")

    def test_what_the_price_list_gives_is_nobodys_discount(self):
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.gold_list.id,
                "compute_price": "percentage",
                "percent_price": 40,
            }
        )
        order = self.order(self.anna, pricelist_id=self.gold_list.id)
        order.order_line._compute_price_unit()
        order.order_line._compute_discount()
        self.confirm(order)
        self.assertEqual(order.state, "sale")

    def test_the_state_cannot_be_written_past_the_policy(self):
        order = self.order(self.anna, 20)
        with self.assertRaisesRegex(UserError, "beyond the policy"):
            order.with_user(self.clerk).write({"state": "sale"})

    def test_after_confirmation_no_larger_discount_slips_in(self):
        order = self.order(self.anna, 5)
        self.confirm(order)
        with self.assertRaisesRegex(UserError, "beyond the policy"):
            order.with_user(self.clerk).order_line.discount = 50

    def test_the_limit_is_shown_while_the_order_is_written(self):
        self.clerk.group_ids += self.env.ref("sale.group_discount_per_so_line")
        order = self.order(self.anna)
        with Form(order.with_user(self.clerk)) as form:
            self.assertFalse(form.policy_warning)
            with form.order_line.edit(0) as line:
                line.discount = 20
            self.assertIn("wait for approval", form.policy_warning)
        self.assertIn("at most 10 %", order.policy_text)

    def test_a_customer_accepts_what_the_salesperson_may_offer(self):
        customer = self.env.ref("base.public_user")
        for discount, state in ((12, "sale"), (20, "draft")):
            order = self.order(self.anna, discount)
            order.with_user(customer).sudo().action_confirm()
            self.assertEqual(order.state, state)

    def test_others_without_a_policy_are_not_held(self):
        order = self.order(self.eva, 90)
        self.confirm(order)
        self.assertEqual(order.state, "sale")

    def test_a_refusal_is_told_and_the_order_stays_a_quotation(self):
        order = self.order(self.anna, 20)
        self.confirm(order)
        order.with_user(self.chief).action_refuse_policy()
        self.assertEqual(order.state, "draft")
        self.assertEqual(self.approvals(order).state, "refused")
        self.assertIn("Refused", order.message_ids[0].body)
        self.assertFalse(self.approvals(order).activity_ids)

    def test_credit_over_the_limit_waits(self):
        self.enter(self.school, self.eva)
        self.activate(
            self.policy(
                self.school,
                "Schools",
                limits_credit=True,
                credit_limit=150,
                holds_credit=True,
            )
        )
        first = self.order(self.eva)
        self.confirm(first)
        self.assertEqual(first.state, "sale")
        second = self.order(self.eva)
        self.confirm(second)
        self.assertEqual(second.state, "draft")
        self.assertEqual(self.approvals(second).kind, "credit")

    def test_nobody_answers_then_it_escalates(self):
        policy = self.env["crm.policy"].browse(
            self.gold_policy.action_revise()["res_id"]
        )
        policy.write(
            {
                "escalate_hours": 4,
                "escalate_user_id": self.manager.id,
                "reason": "Faster",
            }
        )
        self.activate(policy)
        order = self.order(self.anna, 20)
        self.confirm(order)
        approval = self.approvals(order)
        approval._cron_escalate()
        self.assertFalse(approval.escalated_at)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_policy_approval SET create_date = create_date - interval '5 h'"
        )
        approval.invalidate_recordset()
        approval._cron_escalate()
        self.assertTrue(approval.escalated_at)
        self.assertIn(self.manager, approval.activity_ids.user_id)

    def test_a_confirmation_costs_few_queries_more(self):
        self.confirm(self.order(self.eva, 0))  # warm up

        def count(partner):
            order = self.order(partner, 0)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            order.with_user(self.clerk).action_confirm()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        with_policy = count(self.anna)
        self.env["crm.policy"].search([]).write({"state": "withdrawn"})
        without = count(self.eva)
        self.assertLessEqual(with_policy - without, 8)
