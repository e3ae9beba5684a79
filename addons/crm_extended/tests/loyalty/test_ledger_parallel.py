import json
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg2

from odoo import SUPERUSER_ID, api, fields
from odoo.sql_db import connection_info_for, db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...ledger import schema
from ...ledger.errors import LedgerError
from ...ledger.ledger import Ledger

MARK = "ledger-parallel"
TRIES = 200
ADDON = Path(__file__).parents[2]
WORKER = """
import json, os, signal, sys
from datetime import datetime
import psycopg2
from ledger.ledger import Ledger
info, card, key, when = sys.argv[1:]
connection = psycopg2.connect(**json.loads(info))
connection.set_session(isolation_level="REPEATABLE READ")
Ledger(connection.cursor(), "ledger-parallel", datetime.utcnow()).post(
    int(card), -30, key)
if when == "after":
    connection.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


@tagged("post_install", "-at_install")
class TestLedgerParallel(TransactionCase):
    """Many at once on one card, each on its own connection; everything is committed.

    A serialisation failure is tried again, as Odoo does with a whole request.
    """

    def setUp(self):
        super().setUp()
        self.addCleanup(self.clean)
        with self.connection() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            program = env["loyalty.program"].create(
                {"name": MARK, "program_type": "loyalty"}
            )
            cards = env["loyalty.card"].create([{"program_id": program.id}] * 2)
            env.flush_all()
        self.program, self.cards = program.id, cards.ids
        self.enterContext(mute_logger("odoo.sql_db"))

    @contextmanager
    def connection(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as cr:
            yield cr
            cr.commit()  # pylint: disable=invalid-commit

    def clean(self):
        """What the guards forbid is allowed once, to whoever owns the tables."""
        with self.connection() as cr:
            for name in (*schema.ADDED_ONLY, *schema.NEVER_DELETED):
                cr.execute(f"ALTER TABLE crm_loyalty_{name} DISABLE TRIGGER USER")
            for query in (
                "DELETE FROM crm_loyalty_key WHERE client = %(mark)s",
                """DELETE FROM crm_loyalty_hold h USING crm_loyalty_lot l
                    WHERE l.id = h.lot_id AND l.card_id = ANY(%(cards)s)""",
                """DELETE FROM crm_loyalty_use u USING crm_loyalty_lot l
                    WHERE l.id = u.lot_id AND l.card_id = ANY(%(cards)s)""",
                "DELETE FROM crm_loyalty_reservation WHERE card_id = ANY(%(cards)s)",
                "DELETE FROM crm_loyalty_lot WHERE card_id = ANY(%(cards)s)",
                "DELETE FROM crm_loyalty_entry WHERE card_id = ANY(%(cards)s)",
                "DELETE FROM crm_loyalty_account WHERE card_id = ANY(%(cards)s)",
                "DELETE FROM loyalty_card WHERE id = ANY(%(cards)s)",
                "DELETE FROM loyalty_program WHERE id = %(program)s",
            ):
                cr.execute(
                    query,
                    {"mark": MARK, "cards": self.cards, "program": self.program},
                )
            for name in (*schema.ADDED_ONLY, *schema.NEVER_DELETED):
                cr.execute(f"ALTER TABLE crm_loyalty_{name} ENABLE TRIGGER USER")

    # ------------------------------------------------------------------ the crowd

    def once(self, work, now=None):
        """What `work(ledger)` says, or the code of its refusal; tried until it is."""
        for _ in range(TRIES):
            try:
                with self.connection() as cr:
                    return work(Ledger(cr, MARK, now or fields.Datetime.now()))
            except psycopg2.errors.SerializationFailure:
                continue
            except LedgerError as error:
                return error.code
            except psycopg2.Error as error:
                return repr(error)
        return "gave up"

    def crowd(self, works, threads=16):
        """The answers of all, as `threads` at a time do them."""
        works, answers, lock = list(enumerate(works)), {}, threading.Lock()

        def run():
            while True:
                with lock:
                    if not works:
                        return
                    number, work = works.pop()
                answers[number] = self.once(work)

        crowd = [threading.Thread(target=run) for _ in range(threads)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        return [answers[number] for number in sorted(answers)]

    def state(self):
        with self.connection() as cr:
            return Ledger(cr, MARK, fields.Datetime.now()).state(self.cards[0])

    def entries(self):
        with self.connection() as cr:
            cr.execute(
                "SELECT seq, amount FROM crm_loyalty_entry WHERE card_id = %s"
                " ORDER BY seq",
                [self.cards[0]],
            )
            return cr.fetchall()

    # ------------------------------------------------------------------ tests

    def test_a_crowd_spends_exactly_what_there_is(self):
        card = self.cards[0]
        self.once(lambda ledger: ledger.post(card, 1000, "start"))
        answers = self.crowd(
            (lambda ledger, n=n: ledger.post(card, -70, f"spend-{n}"))
            for n in range(40)
        )
        told = Counter(a if isinstance(a, str) else "spent" for a in answers)
        self.assertEqual(told, {"spent": 1000 // 70, "insufficient": 40 - 1000 // 70})
        self.assertEqual(self.state()["balance"], 1000 % 70)
        self.assertEqual(
            [seq for seq, _amount in self.entries()], list(range(1, 1000 // 70 + 2))
        )

    def test_one_key_is_posted_once_however_many_send_it(self):
        card = self.cards[0]
        answers = self.crowd(
            (lambda ledger: ledger.post(card, 5, "the-one")) for _ in range(500)
        )
        self.assertEqual([a for a in answers if a != answers[0]], [])
        self.assertEqual(self.entries(), [(1, 5)])

    def test_one_key_on_two_cards_is_posted_on_one(self):
        answers = self.crowd(
            (lambda ledger, n=n: ledger.post(self.cards[n % 2], 5, "the-one"))
            for n in range(20)
        )
        told = Counter(a if isinstance(a, str) else "posted" for a in answers)
        self.assertEqual(told, {"posted": 10, "key_mismatch": 10})

    def test_expiry_and_redemption_at_midnight_share_the_points(self):
        """Whoever is first has them; together never more than there were."""
        card, dice = self.cards[0], random.Random(1940)
        midnight = fields.Datetime.now() + timedelta(hours=1)
        self.once(lambda ledger: ledger.post(card, 100, "start", expires_at=midnight))

        def spend(ledger, n):
            ledger.now = midnight - timedelta(seconds=1)
            return ledger.post(card, -10, f"spend-{n}")

        def expire(ledger, n):
            ledger.now = midnight
            return ledger.expire(card, f"expire-{n}")

        works = [(lambda ledger, n=n: spend(ledger, n)) for n in range(20)]
        works += [(lambda ledger, n=n: expire(ledger, n)) for n in range(3)]
        dice.shuffle(works)
        answers = self.crowd(works)
        taken = sum(-a["amount"] for a in answers if not isinstance(a, str))
        self.assertEqual(taken, 100)
        self.assertEqual(self.state()["balance"], 0)

    def test_a_reservation_is_spent_or_given_back_never_both(self):
        card = self.cards[0]
        self.once(lambda ledger: ledger.post(card, 100, "start"))
        until = fields.Datetime.now() + timedelta(hours=1)
        held = self.once(lambda ledger: ledger.reserve(card, 60, "hold", until))
        works = []
        for n in range(8):
            works += [
                lambda ledger, n=n: ledger.capture(held["reservation"], f"take-{n}"),
                lambda ledger, n=n: ledger.release(held["reservation"], f"free-{n}"),
            ]
        answers = self.crowd(works)
        self.assertEqual(Counter(map(str, answers))["not_held"], 15)
        state = self.state()
        self.assertEqual(state["held"], 0)
        self.assertIn(state["balance"], (40, 100))

    def test_a_killed_connection_leaves_nothing_and_the_key_posts_once(self):
        """The backend dies before the commit; then after it, before the answer."""
        card = self.cards[0]
        self.once(lambda ledger: ledger.post(card, 100, "start"))
        with self.assertRaises(psycopg2.Error), self.connection() as cr:
            Ledger(cr, MARK, fields.Datetime.now()).post(card, -30, "pay")
            cr.execute("SELECT pg_backend_pid()")
            self.env.cr.execute("SELECT pg_terminate_backend(%s)", cr.fetchone())
            cr.execute("SELECT 1")
        self.assertEqual(self.state()["balance"], 100)
        first = self.once(lambda ledger: ledger.post(card, -30, "pay"))
        again = self.once(lambda ledger: ledger.post(card, -30, "pay"))
        self.assertEqual(first, again)
        self.assertEqual(self.state()["balance"], 70)

    def test_a_process_killed_before_or_after_its_commit_posts_once(self):
        """kill -9 of who posts: its key is sent again by another, with one result."""
        card = self.cards[0]
        self.once(lambda ledger: ledger.post(card, 100, "start"))
        for number, when in enumerate(("before", "after")):
            with self.subTest(when=when):
                key = f"pay-{number}"
                died = subprocess.run(
                    [sys.executable, "-c", WORKER, self.dsn(), str(card), key, when],
                    cwd=ADDON,
                    timeout=120,
                    check=False,
                )
                self.assertEqual(died.returncode, -signal.SIGKILL)
                posted = self.state()["balance"]
                self.assertEqual(posted, 100 - 30 * number - 30 * (when == "after"))
                answer = self.once(lambda ledger, key=key: ledger.post(card, -30, key))
                self.assertEqual(answer["balance"], 70 - 30 * number)
        self.assertEqual([amount for _seq, amount in self.entries()], [100, -30, -30])

    def dsn(self):
        _name, info = connection_info_for(self.env.cr.dbname)
        return json.dumps({k: v for k, v in info.items() if k != "application_name"})

    def test_a_merge_during_redemptions_loses_and_makes_no_point(self):
        """Points are used on the one card, or moved to the other, never both."""
        card, kept = self.cards
        until = fields.Datetime.now() + timedelta(hours=1)
        self.once(lambda ledger: ledger.post(card, 1000, "start"))
        self.once(lambda ledger: ledger.reserve(card, 100, "hold", until))
        works = [
            (lambda ledger, n=n: ledger.post(card, -30, f"spend-{n}"))
            for n in range(20)
        ]
        works.insert(
            10,
            lambda ledger: ledger.transfer(card, kept, None, "merge", everything=True),
        )
        answers = self.crowd(works)
        moved = answers.pop(10)
        self.assertTrue(moved["entries"])
        spent = sum(30 for answer in answers if answer != "insufficient")
        self.assertLessEqual(
            {a for a in answers if isinstance(a, str)}, {"insufficient"}
        )
        with self.connection() as cr:
            ledger = Ledger(cr, MARK, fields.Datetime.now())
            left, got = ledger.state(card), ledger.state(kept)
        self.assertEqual((left["balance"], left["held"]), (0, 0))
        self.assertEqual(got["balance"], moved["amount"])
        self.assertEqual(spent + got["balance"], 1000)

    def test_many_and_single_earnings_meet_on_one_card(self):
        card = self.cards[0]
        row = {"card": card, "amount": 2}
        works = [
            (lambda ledger, n=n: ledger.earn_many([{**row, "key": f"k{n % 20}"}]))
            if n % 2
            else (lambda ledger, n=n: ledger.post(card, 3, f"p{n % 20}"))
            for n in range(80)
        ]
        self.crowd(works)
        self.assertEqual(self.state()["balance"], 10 * 2 + 10 * 3)
