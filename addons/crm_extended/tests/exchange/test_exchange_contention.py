import random
import threading
import time
from contextlib import closing
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..committed_common import CommittedCase

WRITERS, ROUNDS = 6, 20
MARK = "exchange-contention"


@tagged("post_install", "-at_install")
class TestExchangeContention(CommittedCase):
    """Many writers on connections of their own, two that number, one that pulls.

    Everything is really committed, so the test cleans up after itself.
    """

    def setUp(self):
        super().setUp()
        self.random = random.Random(1940)  # the same transactions in every run
        self.failures = []
        with self.environment() as env:
            client = env["crm.exchange.client"].create(
                {
                    "name": MARK,
                    "code": MARK,
                    "scope_ids": [(0, 0, {"entity": "customer", "field_mode": "all"})],
                }
            )
            self.user_id = client.user_id.id
        self.addCleanup(self.clean)
        own_cursor = patch.object(
            type(self.env["crm.exchange"]),
            "_own_cursor",
            lambda model: self.connection(),
        )
        self.enterContext(own_cursor)

    def clean(self):
        with self.connection() as cr:
            cr.execute("DELETE FROM crm_exchange_client WHERE code = %s", [MARK])
            cr.execute("DELETE FROM crm_source WHERE code = %s", [MARK])
            cr.execute("SELECT partner_id FROM res_users WHERE id = %s", [self.user_id])
            [partner] = cr.fetchone()
            cr.execute("DELETE FROM res_users WHERE id = %s", [self.user_id])
            cr.execute(
                "DELETE FROM res_partner WHERE id = %s OR ref = %s", [partner, MARK]
            )

    # ------------------------------------------------------------------ the crowd

    def write_much(self, seed):
        """Transactions of different length; some are given up."""
        dice = random.Random(seed)
        mine = []
        for number in range(ROUNDS):
            with closing(db_connect(self.env.cr.dbname).cursor()) as cr:
                cr.execute(
                    """INSERT INTO res_partner
                           (name, ref, type, autopost_bills, partner_share, active)
                       VALUES (%s, %s, 'contact', 'ask', true, true) RETURNING id""",
                    [f"{seed}-{number}", MARK],
                )
                [new] = cr.fetchone()
                time.sleep(dice.random() * 0.02)
                if mine and dice.random() < 0.6:
                    cr.execute(
                        "UPDATE res_partner SET city = %s WHERE id = %s",
                        [f"city {number}", dice.choice(mine)],
                    )
                if mine and dice.random() < 0.2:
                    gone = mine.pop(dice.randrange(len(mine)))
                    cr.execute("DELETE FROM res_partner WHERE id = %s", [gone])
                else:
                    gone = None
                time.sleep(dice.random() * 0.02)
                if dice.random() < 0.1:
                    cr.rollback()
                    mine += [gone] if gone else []
                else:
                    cr.commit()  # pylint: disable=invalid-commit
                    mine.append(new)

    def number(self, stop):
        while not stop.is_set():
            with self.environment() as env:
                env["crm.exchange.change"]._number()

    def pull(self, cursor):
        with self.environment(self.user_id) as env:
            answer = env["crm.exchange"].pull(cursor=cursor, limit=17)
        self.assertTrue(answer["ok"], answer["errors"])
        for item in answer["data"]["items"]:
            self.numbers.append(int(item["seq"]))
            if item["op"] == "upsert":
                self.copy[item["id"]] = item["data"]
            else:
                self.copy.pop(item["id"], None)
        return answer["data"]["cursor"], answer["data"]["more"]

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as error:
            self.failures.append(repr(error))

    def thread(self, work, *arguments):
        thread = threading.Thread(target=self.guarded, args=(work, *arguments))
        thread.start()
        return thread

    def test_no_change_is_lost_doubled_or_out_of_order(self):
        self.copy, self.numbers = {}, []
        stop = threading.Event()
        numbering = [self.thread(self.number, stop) for _ in range(2)]
        writers = [self.thread(self.write_much, seed) for seed in range(WRITERS)]
        cursor = ""
        while any(writer.is_alive() for writer in writers):
            cursor, _more = self.pull(cursor)
        for writer in writers:
            writer.join()
        stop.set()
        for thread in numbering:
            thread.join()
        self.assertEqual(self.failures, [])
        for _ in range(
            2
        ):  # what is numbered by a pull is seen by the next at the latest
            more = True
            while more:
                cursor, more = self.pull(cursor)
        with self.connection() as cr:
            cr.execute("SELECT id, name, city FROM res_partner WHERE ref = %s", [MARK])
            there = {row[0]: row[1:] for row in cr.fetchall()}
            cr.execute(
                """SELECT count(*) FILTER (WHERE seq IS NULL), max(seq) - min(seq) + 1,
                          count(seq) FROM crm_exchange_change"""
            )
            waiting, span, count = cr.fetchone()
        copy = {
            res_id: (data["name"], data.get("city"))
            for res_id, data in self.copy.items()
            if data.get("ref") == MARK
        }
        self.assertEqual(copy, there)
        self.assertGreater(len(there), WRITERS * ROUNDS / 2)
        self.assertEqual(self.numbers, list(range(1, len(self.numbers) + 1)))
        self.assertEqual((waiting, span), (0, count))
