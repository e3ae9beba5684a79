import threading
import time
from contextlib import closing
from unittest.mock import patch

from odoo.tests import tagged

from ...models.hooks import crm_exchange_hook_sending as sending
from ..committed_common import CommittedCase
from .hook_common import Receiver

MARK = "HOOK-WORKERS"
MESSAGES = 24


@tagged("post_install", "-at_install")
class TestHookWorkers(CommittedCase):
    """Workers on connections of their own, really committing; it cleans up itself."""

    def setUp(self):
        super().setUp()
        self.receiver = self.enterContext(closing(Receiver()))
        self.addCleanup(self.clean)
        self.enterContext(
            patch.object(
                type(self.env["crm.exchange"]),
                "_own_cursor",
                lambda model: self.connection(),
            )
        )
        with self.environment() as env:
            parameters = env["ir.config_parameter"]
            parameters.set_param("crm_extended.hook_inside", "127.0.0.0/8")
            parameters.set_param("crm_extended.hook_ports", str(self.receiver.port))
            client = env["crm.exchange.client"].create({"name": MARK, "code": MARK})
            self.user_id = client.user_id.id
            hook = env["crm.exchange.hook"].create(
                {"client_id": client.id, "url": self.receiver.url, "inside": True}
            )
            self.hook_id, self.secret = hook.id, hook._begin()

    def clean(self):
        with self.connection() as cr:
            cr.execute("DELETE FROM crm_exchange_client WHERE code = %s", [MARK])
            cr.execute("DELETE FROM crm_source WHERE code = %s", [MARK])
            cr.execute("SELECT partner_id FROM res_users WHERE id = %s", [self.user_id])
            [partner] = cr.fetchone()
            cr.execute("DELETE FROM res_users WHERE id = %s", [self.user_id])
            cr.execute("DELETE FROM res_partner WHERE id = %s", [partner])
            cr.execute(
                "DELETE FROM ir_config_parameter WHERE key LIKE 'crm_extended.hook_%'"
            )
        self.env.registry.clear_cache()

    def queue(self, count):
        with self.environment() as env:
            hook = env["crm.exchange.hook"].browse(self.hook_id)
            return [hook._queue("test").message for _ in range(count)]

    def work(self):
        with self.environment() as env:
            env["crm.exchange.hook"]._cron_send()

    def rows(self):
        with self.connection() as cr:
            cr.execute(
                """SELECT message, state, attempt FROM crm_exchange_hook_delivery
                    WHERE hook_id = %s ORDER BY id""",
                [self.hook_id],
            )
            return cr.fetchall()

    def pass_time(self):
        with self.connection() as cr:
            cr.execute(
                """UPDATE crm_exchange_hook_delivery SET lease_until = '2020-01-01'
                    WHERE lease_until IS NOT NULL AND hook_id = %s""",
                [self.hook_id],
            )

    def test_workers_share_the_messages_and_none_is_sent_twice(self):
        sent = self.queue(MESSAGES)
        failures = []

        def guarded():
            try:
                self.work()
            except Exception as error:
                failures.append(repr(error))

        workers = [threading.Thread(target=guarded) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(failures, [])
        self.assertEqual(sorted(self.receiver.ids()), sorted(sent))
        self.assertEqual({row[1:] for row in self.rows()}, {("delivered", 1)})

    def test_a_worker_that_dies_between_sending_and_noting_loses_nothing(self):
        [message] = self.queue(1)

        class Killed(BaseException):
            """What no handler catches, as a kill."""

        def die(*_arguments):
            raise Killed

        hooks = type(self.env["crm.exchange.hook"])
        with patch.object(hooks, "_note", die), self.assertRaises(Killed):
            self.work()
        self.assertEqual(self.rows(), [(message, "waiting", 1)])
        self.work()
        self.assertEqual(len(self.receiver.got), 1, "its lease has not ended")
        self.pass_time()
        self.work()
        self.assertEqual(self.rows(), [(message, "delivered", 2)])
        self.assertEqual(self.receiver.ids(), [message, message])

    def test_what_takes_down_its_worker_each_time_is_given_up(self):
        self.queue(1)
        with self.connection() as cr:
            cr.execute(
                """UPDATE crm_exchange_hook_delivery
                      SET attempt = 12, lease_until = '2020-01-01'
                    WHERE hook_id = %s""",
                [self.hook_id],
            )
        self.work()
        self.assertEqual([row[1] for row in self.rows()], ["dead"])
        self.assertFalse(self.receiver.got)

    def test_no_transaction_is_open_while_a_partner_is_waited_for(self):
        self.queue(1)
        seen = []

        def look(letter):
            with self.connection() as cr:
                cr.execute(
                    """SELECT lease_until > now() AT TIME ZONE 'UTC'
                         FROM crm_exchange_hook_delivery WHERE id = %s
                          FOR UPDATE NOWAIT""",
                    [letter.delivery],
                )
                seen.append(cr.fetchone()[0])
                cr.execute(
                    """SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database()
                          AND state = 'idle in transaction'
                          AND query ILIKE '%crm_exchange_hook%'"""
                )
                seen.append(cr.fetchone()[0])
            return sending.post.Outcome(204)

        with patch.object(sending, "deliver", look):
            self.work()
        self.assertEqual(seen, [True, 0])

    def test_one_silent_partner_does_not_hold_up_the_others(self):
        """Its messages take two places at most of those that are sent together."""
        self.queue(10)
        began = time.monotonic()
        seen = []

        def slow(letter):
            seen.append(letter.delivery)
            time.sleep(0.2)
            return sending.post.Outcome(204)

        with patch.object(sending, "deliver", slow), self.environment() as env:
            hooks = env["crm.exchange.hook"]
            letters = hooks._transact(lambda hooks: hooks._claim())
            self.assertEqual(len(letters), sending.OF_ONE)
            hooks._send(letters)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(len(seen), sending.OF_ONE)
