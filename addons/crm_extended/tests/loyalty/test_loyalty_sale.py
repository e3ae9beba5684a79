from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .ledger_common import LedgerCase


class SaleCase(LedgerCase):
    """A programme that gives a point per unit of money, and 1 off for 10 points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([("id", "!=", cls.program.id)]).active = False
        cls.product = cls.env["product.product"].create(
            {"name": "Guitar", "list_price": 100.0, "taxes_id": False}
        )
        cls.product.invoice_policy = "order"
        cls.program.write(
            {
                "rule_ids": [
                    Command.create(
                        {"reward_point_mode": "money", "reward_point_amount": 1}
                    )
                ],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 1,
                            "discount_mode": "per_point",
                            "required_points": 10,
                        }
                    )
                ],
            }
        )
        cls.partner = cls.env["res.partner"].create({"name": "Jana Musilova"})
        cls.card.partner_id = cls.partner

    def make_order(self, quantity=1, confirm=True, reward=False):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        order._update_programs_and_rewards()
        if reward:
            answer = order._apply_program_reward(self.program.reward_ids, self.card)
            self.assertFalse(answer)
        if confirm:
            order.action_confirm()
        return order

    def entries(self):
        found = self.env["crm.loyalty.entry"].search(
            [("card_id", "=", self.card.id)], order="seq"
        )
        return found.mapped(lambda e: (e.kind, e.flow, e.points))


@tagged("post_install", "-at_install")
class TestLoyaltySale(SaleCase):
    """Orders, cancelling, returns: each an entry, and Odoo reads one balance."""

    def test_an_order_earns_and_a_later_one_uses(self):
        first = self.make_order(3)
        self.assertEqual(self.entries(), [("earn", "sale", 300.0)])
        self.assertEqual(self.card.points, 300)
        second = self.make_order(1, reward=True)
        used = second.order_line.filtered("reward_id").points_cost
        self.assertTrue(used)
        self.assertEqual(self.entries()[-1], ("spend", "sale", -used))
        self.assertEqual(
            self.card.points, 300 + sum(second.coupon_point_ids.mapped("points")) - used
        )
        self.assertEqual(self.state()["balance"], round(self.card.points * 100))
        document = f"sale.order,{first.id}"
        entry = self.env["crm.loyalty.entry"].search([("document", "=", document)])
        self.assertEqual(entry.reason, first.name)

    def test_a_cancelled_order_leaves_its_history(self):
        self.make_order(3)
        order = self.make_order(1, reward=True)
        order._action_cancel()
        self.assertEqual(self.card.points, 300)
        self.assertEqual([e[0] for e in self.entries()[-2:]], ["reverse", "reverse"])
        order.action_draft()
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(self.card.points, 400)
        order._action_cancel()
        self.assertEqual(self.card.points, 300)
        self.assertEqual(self.state()["balance"], 30000)

    def test_points_used_meanwhile_are_owed_and_paid_by_the_next(self):
        order = self.make_order(1)
        self.card._spend_points(80, "raffle", reason="Raffle")
        order._action_cancel()
        self.assertEqual((self.card.points, self.card.owed_points), (0.0, 80.0))
        self.make_order(1)
        self.assertEqual((self.card.points, self.card.owed_points), (20.0, 0.0))

    def test_points_wait_for_the_end_of_the_return_period(self):
        self.program.return_days = 14
        self.make_order(2)
        self.assertEqual(self.card.points, 200)
        self.assertEqual(
            (self.card.available_points, self.card.pending_points), (0.0, 200.0)
        )
        later = self.make_order(1, confirm=False)
        self.assertEqual(later._get_real_points_for_coupon(self.card), 0)
        self.assertNotIn(self.card, later._get_claimable_rewards())
        later_on = self.now + timedelta(days=14, minutes=1)
        with patch.object(fields.Datetime, "now", return_value=later_on):
            self.env.invalidate_all()
            self.assertEqual(later._get_real_points_for_coupon(self.card), 200)

    def test_two_quotations_do_not_use_the_same_points(self):
        self.program.return_days = 14  # what an order itself earns is not for it
        self.card.points = 50
        orders = [self.make_order(1, False, reward=True) for _ in range(2)]
        self.assertEqual(sum(orders[0].order_line.mapped("points_cost")), 50)
        orders[0].action_confirm()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            orders[1].action_confirm()
        self.assertEqual(self.card.available_points, 0)

    def test_points_on_a_quotation_are_held_for_it(self):
        self.program.write({"return_days": 14, "hold_hours": 24})
        self.card.points = 50
        first = self.make_order(1, False, reward=True)
        self.assertEqual(self.card.held_points, 50)
        with self.assertRaises(UserError):
            self.card._spend_points(1, "other", reason="Raffle")
        second = self.make_order(1, False)
        self.assertEqual(second._get_real_points_for_coupon(self.card), 0)
        first._update_programs_and_rewards()
        self.assertEqual(self.card.held_points, 50)
        first.action_confirm()
        self.assertEqual((self.card.held_points, self.card.points), (0.0, 100.0))
        third = self.make_order(1, False)
        third._action_cancel()
        self.assertEqual(self.card.held_points, 0)

    def test_a_confirmed_order_changed_stays_exact(self):
        self.card.points = 100
        order = self.make_order(1, reward=True)
        line = order.order_line.filtered("reward_id")[:1]
        before, cost = self.card.points, line.points_cost
        line.points_cost = cost - 3
        self.assertEqual(self.card.points, before + 3)
        line.points_cost = 0
        self.assertEqual(self.card.points, before + cost)
        self.assertEqual(self.state()["balance"], round(self.card.points * 100))
        order._action_cancel()
        self.assertEqual(self.card.points, 100)

    def test_a_return_takes_its_share_of_the_points(self):
        order = self.make_order(4)
        self.assertEqual(self.card.points, 400)
        invoice = order._create_invoices()
        invoice.action_post()
        refund = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        refund.invoice_line_ids.filtered("product_id").quantity = 1
        refund.action_post()
        self.assertEqual(self.card.points, 300)
        self.assertEqual(self.entries()[-1], ("return", "return", -100.0))
        refund.button_draft()
        self.assertEqual(self.card.points, 400)
        refund.action_post()
        self.assertEqual(self.card.points, 300)
        order._action_cancel()
        self.assertEqual(self.card.points, 0)
        self.assertEqual(self.state()["balance"], 0)

    def test_points_used_come_back_with_what_they_paid(self):
        until = self.now + timedelta(days=30)
        self.card._earn_points(50, "gift", reason="Gift", expires_at=until)
        order = self.make_order(1, reward=True)
        used = sum(order.order_line.mapped("points_cost"))
        earned = sum(order.coupon_point_ids.mapped("points"))
        invoice = order._create_invoices()
        invoice.action_post()
        refund = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        refund.action_post()
        self.assertTrue(used and earned)
        self.assertEqual(self.card.points, 50)
        lot = self.card.lot_ids.filtered("expires_at")
        self.assertEqual((lot.remaining, lot.amount), (5000, 5000))
