import threading
from contextlib import closing, contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import ValidationError
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged

from ...models.clients.crm_exchange_admission import _TAKE
from ..exchange.exchange_common import ExchangeCase

MARK = "exchange-bucket"
CALLERS, EACH, BURST = 8, 10, 25


@tagged("post_install", "-at_install")
class TestExchangeLimits(ExchangeCase):
    def spend(self, **values):
        columns = ", ".join(f"{name} = %({name})s" for name in values)
        self.env.cr.execute(
            f"UPDATE crm_exchange_meter SET {columns} WHERE client_id = %(id)s",
            {**values, "id": self.client.id},
        )

    # ------------------------------------------------------------------ from where

    def test_a_call_from_elsewhere_is_refused_on_both_faces(self):
        for networks, code in (
            ("127.0.0.0/8", ""),
            ("::1/128, 127.0.0.1", ""),
            ("192.0.2.0/24\n2001:db8::/32", "address_refused"),
        ):
            self.client.addresses = networks
            self.env.flush_all()
            answers = [
                self.xmlrpc("crm.exchange", "hello"),
                self.json2("crm.exchange/hello")[1],
            ]
            for answer in answers:
                with self.subTest(networks=networks):
                    codes = [error["code"] for error in answer["errors"]]
                    self.assertEqual(codes, [code] if code else [])

    def test_a_forwarded_address_is_not_believed_without_a_proxy(self):
        self.client.addresses = "192.0.2.0/24"
        self.env.flush_all()
        response = self.url_open(
            "/json/2/crm.exchange/hello",
            data="{}",
            headers={
                "Authorization": f"bearer {self.key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
                "X-Forwarded-For": "192.0.2.7",
                "X-Forwarded-Host": "crm.example",
            },
        )
        self.assertEqual(response.json()["errors"][0]["code"], "address_refused")

    def test_what_is_no_network_is_refused_by_name(self):
        for word in ("192.0.2.300", "192.0.2.1/24", "everywhere"):
            with self.assertRaisesRegex(ValidationError, word.split("/")[0]):
                self.client.addresses = f"192.0.2.0/24, {word}"

    # ------------------------------------------------------------------ how fast

    def test_too_many_calls_are_told_how_long_to_wait(self):
        self.client.write({"rate": 60, "burst": 3})
        for _ in range(3):
            self.ok("hello")
        error = self.refused("rate_limited", "hello")
        self.assertTrue(error["retryable"])
        self.assertEqual(error["retry_after_s"], 1)
        self.spend(filled_at=fields.Datetime.now() - timedelta(seconds=2))
        self.ok("hello")
        self.client.rate = 0
        self.ok("hello")

    def test_calls_of_a_switched_off_client_are_limited_too(self):
        self.client.write({"rate": 60, "burst": 2, "active": False})
        self.refused("client_inactive", "hello")
        self.refused("client_inactive", "hello")
        self.refused("rate_limited", "hello")

    def test_limits_are_counted_but_do_not_fill_the_audit(self):
        self.client.write({"rate": 1, "burst": 1})  # a slow machine earns none anew
        self.ok("hello")
        for _ in range(5):
            self.refused("rate_limited", "hello")
        domain = [("client_id", "=", self.client.id), ("code", "=", "rate_limited")]
        self.assertEqual(self.env["crm.exchange.usage"].search(domain).calls, 5)
        lines = self.env["crm.exchange.audit"].search(
            [("client_ref", "=", self.client.id)]
        )
        self.assertFalse(lines)

    # ------------------------------------------------------------------ how much

    def test_records_of_a_day_are_limited_and_the_next_day_is_free(self):
        self.client.daily_rows = 5
        self.ok("pull", limit=5)
        error = self.refused("quota_exceeded", "pull")
        self.assertTrue(0 < error["retry_after_s"] <= 86_400)
        left = self.ok("quota")
        self.assertEqual((left["records_per_day"], left["records_left"]), (5, 0))
        self.spend(day=fields.Date.today() - timedelta(days=1))
        self.ok("pull", limit=1)
        self.assertEqual(self.ok("quota")["records_today"], 1)

    def test_guessing_who_is_a_customer_ends_soon(self):
        self.client.daily_matches = 2
        criteria = {"name": "Antonin Dvorak", "email": "a.dvorak@example.com"}
        for _ in range(2):
            self.call("match", criteria=criteria)
        self.refused("quota_exceeded", "match", criteria=criteria)
        self.ok("hello")
        self.assertEqual(self.ok("quota")["matches_left"], 0)

    def test_the_quota_names_what_is_left(self):
        self.client.write({"rate": 60, "burst": 10})
        self.assertEqual(self.ok("quota")["calls_left"], 9)
        self.assertNotIn("records_per_day", self.ok("quota"))


@tagged("post_install", "-at_install")
class TestExchangeBucket(TransactionCase):
    """Many processes take from one bucket; everything is committed and cleaned up."""

    @contextmanager
    def connection(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as cr:
            yield cr
            cr.commit()  # pylint: disable=invalid-commit

    def setUp(self):
        super().setUp()
        with self.connection() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            client = env["crm.exchange.client"].create({"name": MARK, "code": MARK})
            self.client_id, self.user_id = client.id, client.user_id.id
            env.flush_all()
        self.addCleanup(self.clean)

    def clean(self):
        with self.connection() as cr:
            cr.execute("DELETE FROM crm_exchange_client WHERE code = %s", [MARK])
            cr.execute("DELETE FROM crm_source WHERE code = %s", [MARK])
            cr.execute(
                "DELETE FROM res_users WHERE id = %s RETURNING partner_id",
                [self.user_id],
            )
            [partner] = cr.fetchone()
            cr.execute("DELETE FROM res_partner WHERE id = %s", [partner])

    def test_no_call_is_granted_twice_by_parallel_processes(self):
        values = {"client": self.client_id, "cost": 1, "burst": BURST, "rate": 1}
        granted, failures = [], []

        def take():
            try:
                for _ in range(EACH):
                    with self.connection() as cr:
                        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                        cr.execute(_TAKE, values)
                        granted.append(cr.fetchone()[0])
            except Exception as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=take) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(granted), CALLERS * EACH)
        self.assertEqual(sum(granted), BURST)
