from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeBetween(ExchangeCase):
    """What happens to a client between two of its pages is noticed by the second."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feed = cls.env["crm.exchange.change"]
        cls.feed._make_parts()
        cls.env["crm.exchange.client"].search([]).acked_at = False
        cls.partners.create([{"name": f"Between {n}", "city": "Brno"} for n in "1234"])
        cls.env.flush_all()

    def page(self, cursor="", limit=2):
        return self.ok("pull", cursor=cursor, limit=limit)

    def backlog(self):
        """A cursor in the middle of news that take more than one page."""
        _items, cursor = self.pull_all()
        for partner in self.partners.search([("name", "like", "Between")]):
            partner.city = "Praha"
            self.env.flush_all()
        page = self.page(cursor)
        self.assertTrue(page["more"])
        return page["cursor"]

    def level(self):
        """What a client that loads anew holds, and whether the digest says the same."""
        items, _cursor = self.pull_all()
        held = {item["id"]: item["data"] for item in items if item["op"] == "upsert"}
        digest = self.ok("digest", entity="customer")
        self.assertEqual(digest["count"], len(held))
        return held

    def drop_parts(self):
        self.feed._number()
        self.feed._rotate()
        self.partners.create({"name": "In the new part"})
        self.env.flush_all()
        self.feed._number()
        self.env.cr.execute(
            "UPDATE crm_exchange_feed SET at = at - make_interval(days => 100) "
            "WHERE id < %s * 1000000",
            [self.feed._get_current()],
        )
        self.feed._gc_changes()

    def test_fields_taken_away_between_two_pages_of_a_first_load(self):
        cursor = self.page()["cursor"]
        self.client.scope_ids.write({"field_mode": "list", "field_names": "city"})
        self.refused("cursor_scope", "pull", cursor=cursor, limit=2)
        self.refused("cursor_scope", "snapshot_page", cursor=cursor, limit=2)
        for data in self.level().values():
            self.assertLessEqual(data.keys(), {"city"})

    def test_records_taken_away_between_two_pages_of_news(self):
        cursor = self.backlog()
        one = self.partners.search([("name", "=", "Between 1")])
        self.client.scope_ids.domain = "[('name', 'like', 'Between')]"
        self.refused("cursor_scope", "pull", cursor=cursor)
        held = self.level()
        self.assertEqual(len(held), 4)
        self.assertEqual(held[one.id]["city"], "Praha")
        self.refused("cursor_scope", "ack", cursor=cursor)

    def test_the_right_to_read_taken_away_between_two_pages(self):
        cursor = self.backlog()
        self.client.scope_ids.can_read = False
        answer = self.call("pull", cursor=cursor)
        self.assertFalse(answer["ok"])
        self.assertFalse(answer["data"])

    def test_changes_dropped_under_a_slow_client(self):
        cursor = self.backlog()
        self.drop_parts()
        self.refused("cursor_expired", "pull", cursor=cursor)
        held = self.level()
        told = {data["name"] for data in held.values()}
        self.assertLessEqual({"Between 1", "In the new part"}, told)

    def test_changes_dropped_in_the_middle_of_a_first_load(self):
        """What changed meanwhile is told after it, so without it it begins anew."""
        cursor = self.page()["cursor"]
        self.partners.create({"name": "Meanwhile"})
        self.env.flush_all()
        self.drop_parts()
        self.refused("cursor_expired", "pull", cursor=cursor, limit=2)
        self.level()

    def test_a_digest_counts_what_was_not_numbered_yet(self):
        _items, cursor = self.pull_all()
        self.partners.create({"name": "Not numbered"})
        self.env.flush_all()
        head = int(self.ok("digest", entity="customer")["head"])
        self.env.cr.execute("SELECT count(*) FROM crm_exchange_feed WHERE seq IS NULL")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        page = self.page(cursor)
        self.assertEqual(
            [item["data"]["name"] for item in page["items"]], ["Not numbered"]
        )
        self.assertEqual(int(page["head"]), head)
