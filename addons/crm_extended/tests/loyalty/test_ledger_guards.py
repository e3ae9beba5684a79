import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...ledger import schema
from .ledger_common import LedgerCase

INSERT = """
    INSERT INTO crm_loyalty_entry (card_id, seq, kind, amount, balance_after, client,
                                   key, reverses_id, at)
    VALUES (%s, %s, %s, %s, %s, 'x', %s, %s, now())
"""


@tagged("post_install", "-at_install")
class TestLedgerGuards(LedgerCase):
    """The database refuses what no program may do; each guard is seen to hold."""

    def setUp(self):
        super().setUp()
        self.earned = self.post(50)["entry"]
        self.post(-20)

    def forbidden(self, query, values=()):
        """The query, or the check at its commit, is refused."""
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            with self.env.cr.savepoint():
                self.env.cr.execute(query, values or None)
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_history_cannot_be_changed_deleted_or_emptied(self):
        for name in schema.ADDED_ONLY:
            table = f"crm_loyalty_{name}"
            if name != "hold":  # empty here: row triggers have nothing to refuse
                column = "at" if name in ("entry", "key") else "amount"
                self.forbidden(f"UPDATE {table} SET {column} = {column}")
                self.forbidden(f"DELETE FROM {table}")
            self.forbidden(f"TRUNCATE {table} CASCADE")
        for name in ("account", "lot"):
            self.forbidden(f"DELETE FROM crm_loyalty_{name}")

    def test_the_chain_has_no_gap_no_twin_and_no_jump(self):
        card = self.card.id
        for seq, amount, after in (
            (3, 5, 35),  # the account does not say so
            (2, 5, 35),  # a twin
            (4, 5, 35),  # a gap
            (3, 5, 99),  # a jump
        ):
            with self.subTest(seq=seq, amount=amount, after=after):
                values = [card, seq, "earn", amount, after, self.key(), None]
                self.forbidden(INSERT, values)

    def test_a_balance_without_an_entry_or_lot_is_refused(self):
        card = self.card.id
        self.forbidden(
            "UPDATE crm_loyalty_account SET balance = balance + 1 WHERE card_id = %s",
            [card],
        )
        self.forbidden(
            "UPDATE crm_loyalty_account SET seq = seq + 1 WHERE card_id = %s", [card]
        )
        self.forbidden(
            "UPDATE crm_loyalty_lot SET remaining = remaining - 1 WHERE card_id = %s",
            [card],
        )
        self.forbidden(
            "UPDATE crm_loyalty_lot SET held = held + 1 WHERE card_id = %s", [card]
        )

    def test_an_entry_that_is_right_in_itself_still_needs_its_lots(self):
        self.env.cr.execute("SAVEPOINT here")
        self.env.cr.execute(
            """UPDATE crm_loyalty_account SET seq = 3, balance = 40
                WHERE card_id = %s""",
            [self.card.id],
        )
        self.env.cr.execute(INSERT, [self.card.id, 3, "earn", 10, 40, self.key(), None])
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute("ROLLBACK TO SAVEPOINT here")

    def test_nothing_goes_below_zero_or_over_what_was_earned(self):
        card = self.card.id
        for change in ("balance = -1", "held = -1", "held = balance + 1"):
            self.forbidden(
                f"UPDATE crm_loyalty_account SET {change} WHERE card_id = %s", [card]
            )
        for change in (
            "remaining = -1",
            "remaining = amount + 1",
            "held = -1",
            "held = remaining + 1",
        ):
            self.forbidden(
                f"UPDATE crm_loyalty_lot SET {change} WHERE card_id = %s", [card]
            )

    def test_an_entry_is_reversed_once_and_by_a_reversal_only(self):
        constraints = {
            "crm_loyalty_entry_reverses",
            "crm_loyalty_entry_seq",
            "crm_loyalty_entry_key",
            "crm_loyalty_entry_not_below_zero",
            "crm_loyalty_entry_sign",
            "crm_loyalty_entry_reversal",
        }
        self.env.cr.execute(
            """SELECT conname FROM pg_constraint
                WHERE conrelid = 'crm_loyalty_entry'::regclass"""
        )
        self.assertLessEqual(constraints, {row[0] for row in self.env.cr.fetchall()})
        for kind, amount, reverses in (
            ("earn", -5, None),
            ("spend", 5, None),
            ("reverse", -5, None),
            ("spend", -5, self.earned),
        ):
            values = [self.card.id, 3, kind, amount, 30 + amount]
            with self.subTest(kind=kind, amount=amount):
                self.env.cr.execute("SAVEPOINT here")
                self.env.cr.execute(
                    "UPDATE crm_loyalty_account SET seq = 3, balance = %s"
                    " WHERE card_id = %s",
                    [30 + amount, self.card.id],
                )
                with mute_logger("odoo.sql_db"):
                    with self.assertRaises(psycopg2.errors.CheckViolation):
                        self.env.cr.execute(INSERT, [*values, self.key(), reverses])
                self.env.cr.execute("ROLLBACK TO SAVEPOINT here")

    def test_a_settled_reservation_stays_settled(self):
        held = self.ledger._reserve(self.card, 5, self.key(), self.days(1))
        self.ledger._release(self.reservation(held), self.key())
        self.forbidden("UPDATE crm_loyalty_reservation SET state = 'held'")
        self.forbidden("DELETE FROM crm_loyalty_reservation")

    def test_a_card_with_points_history_is_kept(self):
        self.forbidden("DELETE FROM loyalty_card WHERE id = %s", [self.card.id])
        self.card.unlink()
        self.assertTrue(self.card.exists())
        self.assertFalse(self.card.active)

    def test_no_more_is_undone_than_was_done(self):
        """Neither more than is left of an entry, nor an undoing itself."""
        spent = self.post(-20)["entry"]
        back = self.ledger._give_back(self.entry({"entry": spent}), 15, None)
        seq, balance = back["seq"] + 1, back["balance"]
        returning = INSERT.replace("reverses_id", "returns_id")
        for amount, undone in ((6, spent), (-1, back["entry"]), (-1, spent)):
            with self.subTest(amount=amount), mute_logger("odoo.sql_db"):
                self.env.cr.execute("SAVEPOINT here")
                self.env.cr.execute(
                    "UPDATE crm_loyalty_account SET seq = %s, balance = %s"
                    " WHERE card_id = %s",
                    [seq, balance + amount, self.card.id],
                )
                values = [self.card.id, seq, "return", amount, balance + amount]
                with self.assertRaises(psycopg2.IntegrityError) as refusal:
                    self.env.cr.execute(returning, [*values, self.key(), undone])
                self.assertIn("undoes more", str(refusal.exception))
                self.env.cr.execute("ROLLBACK TO SAVEPOINT here")

    def test_making_the_guards_again_changes_nothing(self):
        self.env["crm.loyalty.entry"].init()
        self.post(1)
        self.assertEqual(self.state()["balance"], 31)
