from odoo.tests import tagged

from ...exchange import capture
from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeParts(ExchangeCase):
    """How long changes are kept, and that tracking follows the declarations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feed = cls.env["crm.exchange.change"]
        cls.feed._make_parts()  # ids that other tests skipped do not come back
        cls.env["crm.exchange.client"].search([]).acked_at = False

    def age(self, days, parts_before):
        """Let the changes of the parts before this number be older."""
        self.env.cr.execute(
            "UPDATE crm_exchange_feed SET at = at - make_interval(days => %s) "
            "WHERE id < %s * 1000000",
            [days, parts_before],
        )

    def two_parts(self):
        """A cursor in an old part, one in the new part, and the new part's number."""
        _items, old = self.pull_all()
        self.partners.create([{"name": "A"}, {"name": "B"}])
        self.pull_all(old)
        self.feed._rotate()
        number = self.feed._get_current()
        _items, new = self.pull_all(old)
        self.partners.create({"name": "C"})
        self.feed._number()
        return old, new, number

    def test_old_changes_are_forgotten_and_their_cursors_refused(self):
        old, new, number = self.two_parts()
        self.age(40, number)
        self.feed._gc_changes()
        self.refused("cursor_expired", "pull", cursor=old)
        self.assertTrue(self.ok("pull", cursor=new)["items"])

    def test_young_changes_are_kept_even_if_all_confirmed_them(self):
        old, new, number = self.two_parts()
        self.ok("ack", cursor=new)
        self.age(20, number)
        self.feed._gc_changes()
        self.ok("pull", cursor=old)

    def test_changes_wait_for_the_slowest_client_up_to_the_declared_most(self):
        old, new, number = self.two_parts()
        self.ok("ack", cursor=old)
        self.age(40, number)
        self.feed._gc_changes()
        self.ok("pull", cursor=old)
        self.ok("ack", cursor=new)
        self.feed._gc_changes()
        self.refused("cursor_expired", "pull", cursor=old)

    def test_a_silent_client_does_not_fill_the_disk(self):
        old, _new, number = self.two_parts()
        self.ok("ack", cursor=old)
        self.age(100, number)
        self.feed._gc_changes()
        self.refused("cursor_expired", "pull", cursor=old)

    def test_a_part_is_begun_when_the_current_one_is_a_week_old(self):
        self.partners.create({"name": "A"})
        self.env.flush_all()
        before = self.feed._get_current()
        self.feed._gc_changes()
        self.assertEqual(self.feed._get_current(), before)
        self.age(8, before + 1)
        self.feed._gc_changes()
        self.assertEqual(self.feed._get_current(), before + 1)

    def test_numbers_have_no_gap_where_a_part_ends(self):
        _items, cursor = self.pull_all()
        head = self.feed._position()[1]
        self.partners.create({"name": "A"})
        self.env.flush_all()
        self.feed._rotate()
        self.partners.create({"name": "B"})
        self.env.flush_all()
        self.feed._number()
        self.env.cr.execute(
            "SELECT min(seq) - %s, max(seq) - %s, count(*) FROM crm_exchange_feed "
            "WHERE seq > %s",
            [head, head, head],
        )
        first, last, count = self.env.cr.fetchone()
        self.assertEqual((first, last), (1, count))
        self.assertEqual(len(self.pull_all(cursor)[0]), 2)

    def test_changes_beyond_the_last_part_are_caught(self):
        """The scheduler was off for long: no change is lost, and nobody is refused."""
        _items, cursor = self.pull_all()
        self.env.cr.execute(
            "SELECT setval('crm_exchange_feed_id_seq', (last_value / 1000000 + 5) "
            "* 1000000) FROM crm_exchange_feed_id_seq"
        )
        self.partners.create({"name": "A"})
        self.env.flush_all()
        self.assertEqual(len(self.pull_all(cursor)[0]), 1)
        self.feed._make_parts()
        self.partners.create({"name": "B"})
        self.env.flush_all()
        self.assertEqual(len(self.pull_all(cursor)[0]), 2)

    # ------------------------------------------------------------------ triggers

    def test_triggers_are_those_of_the_declarations(self):
        tables = self.feed._tracked_tables()
        self.assertLessEqual(
            {"res_partner", "sale_order", "sale_order_line", "product_template"},
            tables.keys(),
        )
        self.assertNotIn(None, tables.values())
        self.assertEqual(tables.keys(), self.feed._capture_rules().keys())

    def test_a_start_without_news_changes_nothing(self):
        self.env.cr.execute("SELECT oid FROM pg_trigger ORDER BY 1")
        before = self.env.cr.fetchall()
        self.feed._register_hook()
        self.env.cr.execute("SELECT oid FROM pg_trigger ORDER BY 1")
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_triggers_of_an_entity_that_is_no_more_go_at_the_next_start(self):
        """As after an addon was uninstalled that had declared it."""
        rule = capture.Own("country", ("name",))
        for statement in capture.install("res_country", [rule]):
            self.env.cr.execute(statement)
        self.assertIn("res_country", self.feed._tracked_tables())
        self.feed._register_hook()
        self.assertNotIn("res_country", self.feed._tracked_tables())
        self.env["res.country"].search([], limit=1).name = "Elsewhere"
        self.env.flush_all()

    def test_a_trigger_that_was_lost_comes_back(self):
        self.env.cr.execute(
            "DROP TRIGGER crm_exchange_capture_insert ON sale_order;"
            "DROP TRIGGER crm_exchange_capture_update ON sale_order;"
            "DROP TRIGGER crm_exchange_capture_delete ON sale_order"
        )
        self.feed._register_hook()
        self.assertTrue(self.feed._tracked_tables()["sale_order"])
