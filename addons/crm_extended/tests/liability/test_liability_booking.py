from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import JUNE, MAY, LiabilityCase


@tagged("post_install", "-at_install")
class TestLiabilityBooking(LiabilityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user(cls, "points_book", "account.group_account_user")

    def book(self, period):
        period.with_user(self.accountant).action_book()
        return period.move_id

    def balance(self, period):
        return -period._get_balances(self.owed).get(self.owed, 0.0)

    def test_an_entry_brings_the_account_to_what_is_owed(self):
        self.post(1000, MAY)
        may = self.close(MAY)
        move = self.book(may)
        self.assertEqual(move.state, "draft")
        self.assertEqual(str(move.date), "2025-05-31")
        move.action_post()
        self.assertEqual((self.balance(may), may.booking), (1000, "posted"))
        self.post(-250, JUNE)
        june = self.close(JUNE)
        move = self.book(june)
        self.assertEqual(sum(move.line_ids.mapped("debit")), 250)
        move.action_post()
        self.assertEqual(self.balance(june), 750)
        self.assertEqual(june.booked_ids.difference, 0)

    def test_what_was_posted_by_hand_is_taken_into_account(self):
        self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2025-05-20",
                "journal_id": self.journal.id,
                "line_ids": [
                    (0, 0, {"account_id": self.owed.id, "credit": 33.33}),
                    (0, 0, {"account_id": self.revenue.id, "debit": 33.33}),
                ],
            }
        ).action_post()
        self.post(1000, MAY)
        may = self.close(MAY)
        self.book(may).action_post()
        self.assertEqual(self.balance(may), 1000)

    def test_asked_twice_there_is_one_entry(self):
        self.post(1000, MAY)
        may = self.close(MAY)
        first = self.book(may)
        self.assertEqual(self.book(may), first)
        self.assertEqual(len(first.line_ids), 2)
        first.action_post()
        with self.assertRaises(UserError):
            self.book(may)
        with self.assertRaises(UserError):
            may.action_start()
        with self.assertRaises(UserError):
            may.with_user(self.accountant).unlink()

    def test_a_reversed_entry_leaves_the_account_as_before(self):
        self.post(1000, MAY)
        may = self.close(MAY)
        self.book(may).action_post()
        may.with_user(self.accountant).action_reverse()
        self.assertEqual((self.balance(may), may.booking), (0, "reversed"))
        self.book(may).action_post()
        self.assertEqual((self.balance(may), may.booking), (1000, "posted"))
        self.assertEqual(len(may.move_ids), 3)

    def test_periods_are_booked_in_order(self):
        self.post(1000, MAY)
        may, june = self.close(MAY), self.close(JUNE)
        self.book(may)
        with self.assertRaises(UserError):
            self.book(june)
        may.move_id.action_post()
        self.post(10, JUNE)
        june._run()
        self.book(june).action_post()
        with self.assertRaises(UserError):
            may.with_user(self.accountant).action_reverse()

    def test_a_locked_period_is_not_booked(self):
        self.post(1000, MAY)
        may = self.close(MAY)
        self.company.sudo().fiscalyear_lock_date = "2025-05-31"
        with self.assertRaisesRegex(UserError, "locked"):
            self.book(may)
        self.assertFalse(may.move_id)

    def test_nothing_to_book_makes_no_entry(self):
        may = self.close(MAY)
        answer = may.with_user(self.accountant).action_book()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertFalse(may.move_id)

    def test_a_programme_without_accounts_is_not_forgotten(self):
        self.post(1000, MAY)
        self.accounts.active = False
        may = self.close(MAY)
        with self.assertRaisesRegex(UserError, "Harmonia Club"):
            self.book(may)

    def test_the_report_prints(self):
        self.post(1000, MAY)
        may = self.close(MAY)
        self.book(may)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_extended.report_loyalty_period", may.ids
        )
        self.assertIn(b"Harmonia Club", html)
        self.assertIn(b"1,000.00", html)

    def test_who_may_do_what(self):
        """Reading, writing and booking by role; R reads, W writes, B books."""
        self.post(1000, MAY)
        may = self.close(MAY)
        roles = {
            "base.group_user": "",
            "crm_extended.group_customer_user": "",
            "crm_extended.group_loyalty_user": "R",
            "crm_extended.group_loyalty_manager": "R",
            "account.group_account_readonly": "R",
            "account.group_account_user": "RWB",
            "account.group_account_manager": "RWB",
        }
        for number, (group, rights) in enumerate(roles.items()):
            user = self.make_user(f"points_{number}", group)
            mine = may.with_user(user)
            with self.subTest(group=group):
                self.assertEqual(mine.has_access("read"), "R" in rights)
                self.assertEqual(mine.has_access("write"), "W" in rights)
                line = may.line_ids.with_user(user)
                self.assertEqual(line.has_access("read"), "R" in rights)
                if "B" in rights:
                    mine.action_book()
                else:
                    with self.assertRaises(AccessError):
                        mine.action_book()
                with self.assertRaises(AccessError):
                    line.write({"money_closing": 1})
                with self.assertRaises(AccessError):
                    mine.write({"amount": 1})

    def test_another_company_sees_nothing(self):
        self.post(1000, MAY)
        may = self.close(MAY)
        stranger = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.make_user("points_away", "account.group_account_manager")
        user.write({"company_ids": [(6, 0, stranger.ids)], "company_id": stranger.id})
        env = self.env(user=user, context={"allowed_company_ids": stranger.ids})
        self.assertFalse(env["crm.loyalty.period"].search([("id", "=", may.id)]))
        self.assertFalse(
            env["crm.loyalty.outstanding"].search(
                [("program_id", "=", self.program.id)]
            )
        )
        with self.assertRaises(AccessError):
            may.with_env(env).action_book()
