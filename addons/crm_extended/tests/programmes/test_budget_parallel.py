import threading

import psycopg2

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...ledger import schema
from ...ledger.ledger import Ledger
from ..committed_common import CommittedCase

MARK = "budget-parallel"
CROWD, GIVEN, BUDGET, TRIES = 24, 10, 95, 300


@tagged("post_install", "-at_install")
class TestBudgetParallel(CommittedCase):
    """Many who earn at once on cards of their own, each on an own connection."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.clean)
        with self.environment() as env:
            program = env["loyalty.program"].create(
                {
                    "name": MARK,
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "crm_budget_points": BUDGET,
                }
            )
            cards = env["loyalty.card"].create([{"program_id": program.id}] * CROWD)
            self.unit = 10 ** program._get_point_digits()
            self.program, self.cards = program.id, cards.ids
        self.enterContext(mute_logger("odoo.sql_db"))

    def clean(self):
        guarded = (*schema.ADDED_ONLY, *schema.NEVER_DELETED)
        with self.connection() as cr:
            for name in guarded:
                cr.execute(f"ALTER TABLE crm_loyalty_{name} DISABLE TRIGGER USER")
            cr.execute("DELETE FROM crm_loyalty_key WHERE client = %s", [MARK])
            for name in ("lot", "entry", "account"):
                cr.execute(
                    f"DELETE FROM crm_loyalty_{name} WHERE card_id = ANY(%s)",
                    [self.cards],
                )
            cr.execute("DELETE FROM loyalty_card WHERE id = ANY(%s)", [self.cards])
            cr.execute("DELETE FROM loyalty_program WHERE id = %s", [self.program])
            for name in guarded:
                cr.execute(f"ALTER TABLE crm_loyalty_{name} ENABLE TRIGGER USER")

    def earn(self, card, answers):
        """One card's points, tried again as Odoo does with a whole request."""
        for _turn in range(TRIES):
            try:
                with self.connection() as cr:
                    ledger = Ledger(cr, MARK, fields.Datetime.now())
                    amount = GIVEN * self.unit
                    ledger.post(card, amount, f"{MARK}/{card}", flow="event")
                answers.append("given")
                return
            except psycopg2.errors.SerializationFailure:
                continue
            except psycopg2.errors.CheckViolation as error:
                answers.append(error.diag.constraint_name)
                return
        answers.append("gave up")

    def test_together_they_get_the_budget_and_not_a_point_more(self):
        answers = []
        crowd = [
            threading.Thread(target=self.earn, args=(card, answers))
            for card in self.cards
        ]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
        fitting = BUDGET // GIVEN
        self.assertEqual(answers.count("given"), fitting)
        self.assertEqual(
            answers.count("crm_loyalty_budget_kept"), CROWD - fitting, answers
        )
        with self.connection() as cr:
            cr.execute(
                "SELECT used_points FROM crm_loyalty_budget WHERE program_id = %s",
                [self.program],
            )
            self.assertEqual(cr.fetchone()[0], fitting * GIVEN)
            cr.execute(
                "SELECT sum(amount) FROM crm_loyalty_entry WHERE card_id = ANY(%s)",
                [self.cards],
            )
            self.assertEqual(cr.fetchone()[0], fitting * GIVEN * self.unit)
