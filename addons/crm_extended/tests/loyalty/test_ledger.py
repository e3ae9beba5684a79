from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .ledger_common import LedgerCase


@tagged("post_install", "-at_install")
class TestLedger(LedgerCase):
    """What is earned, used, held, given back and lost."""

    def at(self, moment):
        return patch.object(fields.Datetime, "now", staticmethod(lambda: moment))

    def test_points_are_used_in_the_order_in_which_they_expire(self):
        self.post(50)
        self.post(30, expires_at=self.days(60))
        self.post(20, expires_at=self.days(30))
        self.post(-40)
        self.assertEqual(self.lots(), [(50, 50), (30, 10), (20, 0)])
        self.assertEqual(self.state()["balance"], 60)

    def test_points_are_posted_also_after_all_checks_were_made_immediate(self):
        """As a push of the exchange does, in the same transaction."""
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.post(50)
        rows = [
            {"card_id": self.card.id, "points": 10, "key": self.key(), "reason": "x"}
            for _ in range(2)
        ]
        self.env["crm.loyalty.ledger"]._earn_many(rows)
        self.post(-20)
        earned = 2 * self.card._to_units(10)
        self.assertEqual(self.state()["balance"], 50 + earned - 20)

    def test_nobody_spends_more_than_there_is(self):
        self.post(50)
        cause = self.refused("insufficient", "_post", self.card, -51, self.key())
        self.assertEqual(cause.facts, {"asked": 51, "available": 50})
        self.assertEqual(self.state()["balance"], 50)
        self.post(-50)
        self.assertEqual(self.state()["balance"], 0)

    def test_pending_points_wait_for_their_day(self):
        self.post(50, available_at=self.days(14))
        self.assertEqual(
            self.state(), {"balance": 50, "held": 0, "pending": 50, "available": 0}
        )
        self.refused("insufficient", "_post", self.card, -1, self.key())
        with self.at(self.days(14)):
            self.post(-50)

    def test_expired_points_cannot_be_used_even_before_the_job_ran(self):
        self.post(50, expires_at=self.days(1))
        with self.at(self.days(1) - timedelta(seconds=1)):
            self.assertEqual(self.state()["available"], 50)
        with self.at(self.days(1)):
            self.refused("insufficient", "_post", self.card, -1, self.key())
            self.assertGreaterEqual(self.ledger._expire_due(), 1)
            self.assertEqual(self.state()["balance"], 0)
            self.assertEqual(self.ledger._expire_due(), 0)

    # ------------------------------------------------------------------ once

    def test_a_repeated_posting_is_answered_and_not_done_again(self):
        first = self.post(50, key="order-7")
        for _ in range(10):
            self.assertEqual(self.post(50, key="order-7"), first)
        self.assertEqual(self.state()["balance"], 50)
        self.refused("key_mismatch", "_post", self.card, 51, "order-7")
        self.refused("key_mismatch", "_post", self.make_card(), 50, "order-7")
        other = self.ledger._post(self.card, 50, "order-7", client="till")
        self.assertEqual(other["balance"], 100)

    def test_a_thousand_keys_ten_times_each(self):
        for _ in range(10):
            for number in range(100):
                self.post(1, key=f"many-{number}")
        self.assertEqual(self.state()["balance"], 100)

    def test_a_refused_posting_leaves_its_key_free(self):
        self.refused("insufficient", "_post", self.card, -5, "again")
        self.post(5)
        self.post(-5, key="again")
        self.assertEqual(self.state()["balance"], 0)

    def test_amounts_and_keys_that_make_no_sense_are_refused(self):
        for amount in (0, 1.5, "5", True, None, 10**16, -(10**16)):
            with self.subTest(amount=amount):
                self.refused("invalid", "_post", self.card, amount, self.key())
        for key in ("", "\0", 7, "k" * 201):
            with self.subTest(key=key):
                self.refused("invalid", "_post", self.card, 1, key)
        self.refused(
            "invalid", "_post", self.card, -1, self.key(), expires_at=self.days(1)
        )
        gone = self.make_card()
        gone.unlink()
        self.refused("unknown", "_post", gone, 1, self.key())

    # ------------------------------------------------------------------ reversal

    def test_points_spent_return_to_their_own_lots(self):
        self.post(30, expires_at=self.days(30))
        self.post(50)
        spent = self.post(-60)
        self.ledger._reverse(self.entry(spent), self.key())
        self.assertEqual(self.lots(), [(30, 30), (50, 50)])
        self.assertEqual(self.state()["balance"], 80)

    def test_an_entry_is_reversed_once(self):
        entry = self.entry(self.post(50))
        answer = self.ledger._reverse(entry, "back")
        self.assertEqual(self.ledger._reverse(entry, "back"), answer)
        self.refused("already_reversed", "_reverse", entry, self.key())
        self.refused("already_reversed", "_reverse", self.entry(answer), self.key())
        self.assertEqual(self.state()["balance"], 0)

    def test_what_was_earned_and_used_is_taken_from_other_lots(self):
        earned = self.post(50, expires_at=self.days(5))
        self.post(-30)
        self.post(40)
        answer = self.ledger._reverse(self.entry(earned), self.key())
        self.assertEqual((answer["amount"], answer["short"]), (-50, 0))
        self.assertEqual(self.lots(), [(50, 0), (40, 10)])

    def test_what_is_not_there_any_more_is_said(self):
        earned = self.entry(self.post(50))
        self.post(-30)
        self.refused("insufficient", "_reverse", earned, self.key())
        answer = self.ledger._reverse(earned, self.key(), partial=True)
        self.assertEqual((answer["amount"], answer["short"]), (-20, 30))
        self.assertEqual(self.state()["balance"], 0)

    # ------------------------------------------------------------------ reservations

    def test_held_points_are_nobody_elses(self):
        self.post(50)
        held = self.ledger._reserve(self.card, 30, self.key(), self.days(1))
        self.assertEqual(held["available"], 20)
        self.refused("insufficient", "_post", self.card, -21, self.key())
        self.ledger._capture(self.reservation(held), self.key())
        self.assertEqual(
            self.state(), {"balance": 20, "held": 0, "pending": 0, "available": 20}
        )

    def test_of_a_reservation_less_can_be_spent(self):
        self.post(50)
        held = self.ledger._reserve(self.card, 30, self.key(), self.days(1))
        self.ledger._capture(self.reservation(held), self.key(), 10)
        self.assertEqual(self.state()["available"], 40)
        self.assertEqual(self.reservation(held).state, "captured")

    def test_a_reservation_is_settled_once(self):
        self.post(50)
        held = self.reservation(
            self.ledger._reserve(self.card, 30, self.key(), self.days(1))
        )
        first = self.ledger._release(held, "free")
        self.assertEqual(self.ledger._release(held, "free"), first)
        self.refused("not_held", "_release", held, self.key())
        self.refused("not_held", "_capture", held, self.key())
        self.assertEqual(self.state()["available"], 50)

    def test_held_points_do_not_expire_until_they_are_given_back(self):
        self.post(50, expires_at=self.days(1))
        held = self.ledger._reserve(self.card, 30, self.key(), self.days(3))
        with self.at(self.days(2)):
            self.ledger._expire_due()
            self.assertEqual(self.state()["balance"], 30)
            self.ledger._release(self.reservation(held), self.key())
            self.assertEqual(self.state()["available"], 0)
            self.ledger._expire_due()
            self.assertEqual(self.state()["balance"], 0)

    def test_a_reservation_lapses_by_itself(self):
        self.post(50)
        held = self.ledger._reserve(self.card, 50, self.key(), self.days(1))
        with self.at(self.days(1)):
            self.refused("not_held", "_capture", self.reservation(held), self.key())
            self.post(-50)
        self.env.invalidate_all()
        self.assertEqual(self.reservation(held).state, "lapsed")
        self.refused("invalid", "_reserve", self.card, 1, self.key(), self.days(-1))

    # ------------------------------------------------------------------ who

    def test_people_read_and_nobody_writes(self):
        self.post(50)
        user = new_test_user(
            self.env, "points-user", "crm_extended.group_customer_user"
        )
        stranger = new_test_user(self.env, "points-stranger", "base.group_user")
        for name in ("entry", "lot", "reservation"):
            model = self.env[f"crm.loyalty.{name}"]
            self.assertTrue(model.with_user(user).has_access("read"))
            self.assertFalse(model.with_user(stranger).has_access("read"))
            for operation in ("create", "write", "unlink"):
                self.assertFalse(model.with_user(user).has_access(operation))
        entries = self.env["crm.loyalty.entry"].with_user(user)
        [entry] = entries.search([("card_id", "=", self.card.id)])
        self.assertEqual((entry.amount, entry.balance_after), (50, 50))
        with self.assertRaises(AccessError):
            entry.write({"amount": 1})

    def test_another_companys_points_are_not_there(self):
        self.program.company_id = self.env["res.company"].create({"name": "PL"})
        self.post(50)
        user = new_test_user(self.env, "points-cz", "crm_extended.group_customer_user")
        for name in ("entry", "lot"):
            model = self.env[f"crm.loyalty.{name}"].with_user(user)
            self.assertFalse(model.search([("card_id", "=", self.card.id)]))
