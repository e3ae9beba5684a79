import hashlib
import json
import time
from contextlib import closing, contextmanager
from unittest.mock import patch

from odoo import api
from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase
from ..exchange.test_exchange_contention import MARK, TestExchangeContention


def canonical(data):
    """The documented form, written anew as a client would."""
    if isinstance(data, dict):
        inner = (f"{json.dumps(k)}:{canonical(data[k])}" for k in sorted(data))
        return "{" + ",".join(inner) + "}"
    if isinstance(data, list):
        return "[" + ",".join(canonical(item) for item in data) + "]"
    return json.dumps(data, ensure_ascii=False)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@tagged("post_install", "-at_install")
class TestExchangeDigest(ExchangeCase):
    """Both sides can prove that they hold the same."""

    def copy_of(self, entity="customer"):
        """{id: data} as a client keeps it."""
        copied = {}
        for item in self.pull_all(entities=[entity])[0]:
            copied[item["id"]] = item["data"]
        return copied

    def own_hash(self, copied, prefix):
        lines = [
            f"{res_id} {sha(canonical(data))[:16]}\n"
            for res_id, data in sorted(copied.items())
            if f"{res_id:08x}".startswith(prefix)
        ]
        return len(lines), sha("".join(lines))

    def test_a_client_computes_the_same_hashes_from_its_data(self):
        self.partners.create(
            [{"name": f'Žofie "{i}" \\ Ł/ü', "city": "Kraków"} for i in range(20)]
        )
        copied = self.copy_of()
        buckets = self.ok("digest", entity="customer", level=4)["buckets"]
        self.assertGreater(len(copied), 20)
        self.assertEqual(sum(b["count"] for b in buckets), len(copied))
        buckets += self.ok("digest", entity="customer", prefix="0000", level=2)[
            "buckets"
        ]
        for told in buckets:
            own = self.own_hash(copied, told["prefix"])
            self.assertEqual((told["count"], told["hash"]), own)

    def test_a_difference_is_found_by_going_down(self):
        one = self.partners.create({"name": "Anna"})
        copied = self.copy_of()
        one.city = "Praha"
        self.env.flush_all()
        prefix = ""
        while len(prefix) < 8:
            level = min(4, 8 - len(prefix))
            buckets = self.ok("digest", entity="customer", prefix=prefix, level=level)
            [prefix] = [
                told["prefix"]
                for told in buckets["buckets"]
                if self.own_hash(copied, told["prefix"])[1] != told["hash"]
            ]
        self.assertEqual(int(prefix, 16), one.id)
        [item] = self.ok("digest", entity="customer", prefix=prefix, level=0)["items"]
        self.assertEqual(item["id"], one.id)

    def test_a_bucket_that_is_too_large_is_only_counted(self):
        with patch(f"{type(self).__module__.rsplit('.tests', 1)[0]}.models.feed."
                   "crm_exchange_digest.MOST", 3):  # fmt: skip
            [told] = self.ok("digest", entity="customer")["buckets"]
        self.assertNotIn("hash", told)
        self.assertGreater(told["count"], 3)

    def test_wrong_prefixes_are_refused(self):
        for prefix in ("x", "0" * 9, "A", "' OR 1"):
            self.refused("invalid_argument", "digest", entity="customer", prefix=prefix)
        self.assertEqual(
            self.ok("digest", entity="customer", prefix="ffff")["buckets"], []
        )

    # ------------------------------------------------------------------ snapshot

    def test_a_snapshot_is_a_pull_by_another_name(self):
        self.partners.create([{"name": f"P{i}"} for i in range(5)])
        opened = self.ok("snapshot_open", entities=["customer"])
        self.partners.create({"name": "Later"})
        cursor, phase, ids = opened["cursor"], "snapshot", []
        while phase == "snapshot":
            page = self.ok("snapshot_page", cursor=cursor, limit=7)
            ids += [item["id"] for item in page["items"]]
            cursor, phase = page["cursor"], page["phase"]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(set(ids), self.copy_of().keys())
        self.refused("invalid_argument", "snapshot_page", cursor=cursor)
        items, _cursor = self.pull_all(cursor)
        self.assertIn("Later", [item["data"]["name"] for item in items])

    # ------------------------------------------------------------------ in the house

    def test_readers_in_the_house_keep_their_own_place(self):
        feed = self.env["crm.exchange.change"]
        _rows, place = feed._since(["customer"], feed._position()[1])
        partner = self.partners.create({"name": "Anna"})
        self.env.flush_all()
        rows, further = feed._since(["customer"], place, limit=1)
        self.assertEqual([row[1:4] for row in rows], [("customer", partner.id, "i")])
        _rows, further = feed._since(["customer"], further)
        partner.city = "Praha"
        self.env.flush_all()
        rows, further = feed._since(["customer"], further)
        self.assertEqual([row[3:5] for row in rows], [("u", "city")])
        self.assertEqual(feed._since(["customer"], further), ([], further))

    # ------------------------------------------------------------------ waiting

    def test_waiting_ends_with_the_time_or_with_news(self):
        _items, cursor = self.pull_all()
        start = time.monotonic()
        self.ok("pull", cursor=cursor, wait_s=1)
        self.assertGreater(time.monotonic() - start, 0.9)
        self.partners.create({"name": "News"})
        self.env.flush_all()
        start = time.monotonic()
        items = self.ok("pull", cursor=cursor, wait_s=5)["items"]
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(len(items), 1)

    def test_what_is_wrong_is_said_at_once(self):
        start = time.monotonic()
        self.refused("cursor_invalid", "pull", cursor="x", wait_s=20)
        self.refused("invalid_argument", "pull", wait_s="20")
        self.refused("invalid_argument", "pull", wait_s=100)
        self.assertLess(time.monotonic() - start, 5)


@tagged("post_install", "-at_install")
class TestExchangeReplica(TestExchangeContention):
    """A replica can answer a pull: its transaction writes nothing."""

    test_no_change_is_lost_doubled_or_out_of_order = None

    @contextmanager
    def connection(self):
        with super().connection() as cr:
            cr.execute("SET LOCAL lock_timeout = '10s'")  # fail rather than hang
            yield cr

    def test_a_pull_reads_only(self):
        counting = patch.object(
            type(self.env["crm.exchange"]),
            "_counting",
            lambda model: self.connection(),
            create=True,
        )
        self.enterContext(counting)
        with closing(db_connect(self.env.cr.dbname).cursor()) as cr:
            cr._cnx.set_session(readonly=True)
            self.addCleanup(cr._cnx.set_session, readonly=False)
            env = api.Environment(cr, self.user_id, {})
            for call in (
                lambda: env["crm.exchange"].hello(),
                lambda: env["crm.exchange"].pull(limit=3),
                lambda: env["crm.exchange"].digest(entity="customer"),
            ):
                answer = call()
                self.assertTrue(answer["ok"], answer["errors"])
            cr.rollback()
        self.assertEqual(self.env["crm.exchange.client"].search_count(
            [("code", "=", MARK)]), 1)  # fmt: skip

    def test_services_that_read_are_marked_so(self):
        services = type(self.env["crm.exchange"])
        for name in ("get", "pull", "digest", "snapshot_open", "snapshot_page"):
            self.assertTrue(getattr(services, name)._readonly)

    def test_a_new_part_is_made_while_others_number(self):
        """The scheduler's job holds no lock on the feed while it numbers."""
        feed = self.env["crm.exchange.change"]
        with self.environment() as env:
            env.cr.execute(
                "SELECT setval('crm_exchange_feed_id_seq', "
                "(last_value / 1000000 + 3) * 1000000) FROM crm_exchange_feed_id_seq"
            )
        with self.environment() as env:
            env["crm.exchange.change"]._cron_number()
            env.cr.execute("SELECT count(*) FROM crm_exchange_feed")
        parts = [number for number, _table in feed._get_parts()]
        self.assertIn(feed._get_current(), parts)
