import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...hooks import uninstall_hook
from .exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeFeed(ExchangeCase):
    """What a client is told, called in process."""

    def changes(self, records):
        self.env["crm.exchange.change"]._number()
        self.env.invalidate_all()
        return self.env["crm.exchange.change"].search(
            [("res_id", "in", records.ids)], order="seq"
        )

    # ------------------------------------------------------------------ capture

    def test_every_way_to_change_a_customer_is_noted(self):
        partner = self.partners.create({"name": "Anna"})
        self.env.flush_all()
        partner.write({"email": "anna@example.org"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET city = 'Praha' WHERE id = %s", [partner.id]
        )
        partner_id = partner.id
        partner.unlink()
        noted = self.changes(self.partners.browse(partner_id))
        self.assertEqual(noted[0].op, "i")
        self.assertEqual(noted[-1].op, "d")
        self.assertIn("email", noted.mapped("changed"))
        self.assertIn("city", noted.mapped("changed"))

    def test_a_write_that_changes_nothing_exchanged_is_not_noted(self):
        partner = self.partners.create({"name": "Anna", "email": "a@example.org"})
        before = len(self.changes(partner))
        partner.write({"comment": "likes Dvořák", "color": 3})
        partner.write({"email": "a@example.org"})
        self.env.flush_all()
        self.assertEqual(len(self.changes(partner)), before)

    def test_numbers_have_no_gaps(self):
        self.partners.create([{"name": f"P{i}"} for i in range(20)])
        self.env["crm.exchange.change"]._number()
        self.env.cr.execute(
            """SELECT min(seq), max(seq), count(*), count(DISTINCT seq), h.last
                 FROM crm_exchange_change, crm_exchange_head h
                WHERE seq IS NOT NULL GROUP BY h.last"""
        )
        first, last, count, distinct, head = self.env.cr.fetchone()
        self.assertEqual(count, distinct)
        self.assertEqual(last - first + 1, count)
        self.assertEqual(head, last)

    def test_a_customer_who_becomes_a_contact_leaves_the_customers(self):
        company = self.partners.create({"name": "Shop", "is_company": True})
        person = self.partners.create({"name": "Anna"})
        _items, cursor = self.pull_all()
        person.parent_id = company
        items, cursor = self.pull_all(cursor)
        told = {item["id"]: item["op"] for item in items}
        self.assertEqual(told[person.id], "left_scope")

    # ------------------------------------------------------------------ pull

    def test_snapshot_then_changes_round_trip(self):
        kept, gone = self.partners.create([{"name": "Kept"}, {"name": "Gone"}])
        items, cursor = self.pull_all(limit=7)
        copy = {item["id"]: item["data"] for item in items}
        self.assertEqual(copy[kept.id]["name"], "Kept")
        new = self.partners.create({"name": "New", "country_id": self.ref("base.cz")})
        kept.write({"email": "kept@example.org", "zip": False})
        gone_id = gone.id
        gone.unlink()
        later, cursor = self.pull_all(cursor, limit=2)
        told = {item["id"]: item for item in later}
        self.assertEqual(told[new.id]["data"]["country"], "CZ")
        self.assertEqual(told[kept.id]["data"]["email"], "kept@example.org")
        self.assertEqual(told[gone_id]["op"], "delete")
        self.assertNotIn("data", told[gone_id])
        numbers = [int(item["seq"]) for item in items + later]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(self.pull_all(cursor)[0], [])

    def test_packed_items_say_the_same(self):
        self.partners.create({"name": 'Dvořák & "Syn" <s.r.o.>'})
        plain = self.ok("pull", limit=1000)["items"]
        packed = self.ok("pull", limit=1000, packed=True)["items"]
        self.assertEqual([json.loads(item) for item in packed], plain)
        self.refused("invalid_argument", "pull", packed="yes")

    def test_the_snapshot_has_all_customers_once(self):
        self.partners.create([{"name": f"P{i}"} for i in range(11)])
        items, _cursor = self.pull_all(limit=3)
        ids = [item["id"] for item in items]
        self.assertEqual(len(ids), len(set(ids)))
        domain = ["|", ("is_company", "=", True), ("parent_id", "=", False)]
        archived = self.partners.with_context(active_test=False)
        expected = archived.search([*domain, ("partner_share", "=", True)])
        self.assertTrue(set(ids) <= set(expected.ids))
        left_out = (expected - self.partners.browse(ids)).with_context(
            active_test=False
        )
        ours = left_out.filtered(lambda p: p.user_ids or p.ref_company_ids)
        self.assertEqual((left_out - ours).filtered("merged_into_id"), left_out - ours)

    def test_what_changes_during_the_snapshot_comes_after_it(self):
        early = self.partners.create([{"name": f"P{i}"} for i in range(6)])[0]
        first = self.ok("pull", limit=1)
        early.name = "Renamed meanwhile"
        items, _cursor = self.pull_all(first["cursor"], limit=100)
        names = [i["data"]["name"] for i in items if i["id"] == early.id]
        self.assertEqual(names[-1], "Renamed meanwhile")

    def test_the_same_cursor_gives_the_same_again(self):
        _items, cursor = self.pull_all()
        self.partners.create([{"name": "A"}, {"name": "B"}])
        once = self.ok("pull", cursor=cursor)
        again = self.ok("pull", cursor=cursor)
        self.assertEqual(once["items"], again["items"])
        self.assertEqual(len(once["items"]), 2)

    def test_a_merge_names_the_customer_that_goes_on(self):
        first, second = self.partners.create(
            [{"name": "Anna", "email": "a@example.org"} for _ in range(2)]
        )
        _items, cursor = self.pull_all()
        ids = second.id
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([first.id, second.id], first)
        items, _cursor = self.pull_all(cursor)
        told = {item["id"]: item for item in items}
        self.assertEqual(told[ids]["op"], "merged")
        self.assertEqual(told[ids]["into"], first.id)
        [record] = self.ok("get", entity="customer", keys=[{"id": ids}])["records"]
        self.assertEqual((record["status"], record["into"]), ("merged_into", first.id))

    def test_an_undone_merge_gives_the_customer_back_to_partners(self):
        first, second = self.partners.create([{"name": "Anna"}, {"name": "Hanna"}])
        self.pull_all()
        merge = self.env["crm.merge"]._merge([(first.id, [second.id])])
        _items, cursor = self.pull_all()
        merge.action_undo()
        items, _cursor = self.pull_all(cursor)
        told = {item["id"]: item for item in items}
        self.assertEqual(told[second.id]["op"], "upsert")
        [record] = self.ok("get", entity="customer", keys=[{"id": second.id}])[
            "records"
        ]
        self.assertEqual(record["status"], "ok")

    def test_revision_changes_exactly_when_visible_data_do(self):
        partner = self.partners.create({"name": "Anna"})
        keys = [{"id": partner.id}]

        def revision():
            [record] = self.ok("get", entity="customer", keys=keys)["records"]
            return record["rev"]

        first = revision()
        partner.comment = "nothing a client sees"
        self.assertEqual(revision(), first)
        partner.city = "Kraków"
        self.assertNotEqual(revision(), first)

    def test_a_page_costs_the_same_queries_whatever_its_size(self):
        self.partners.create([{"name": f"P{i}"} for i in range(60)])
        self.pull_all()

        def queries(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.ok("pull", limit=limit)["items"]), limit)
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(2), queries(50))

    # ------------------------------------------------------------------ get, ack

    def test_get_answers_each_key_in_order(self):
        partner = self.partners.create({"name": "Anna", "city": "Praha"})
        gone = self.partners.create({"name": "Gone"})
        self.env["crm.source.record"].create(
            {
                "source_id": self.client.source_id.id,
                "key": "C-1",
                "partner_id": partner.id,
            }
        )
        gone_id = gone.id
        self.ok("get", entity="customer", keys=[{"id": gone_id}])
        gone.unlink()
        keys = [
            {"source": "TEST-ERP", "id": "C-1"},
            {"id": gone_id},
            {"id": 2**31 - 1},
            {"source": "TEST-ERP", "id": "C-2"},
            {"id": self.env.user.partner_id.id},
        ]
        found = self.ok("get", entity="customer", keys=keys, fields=["city"])["records"]
        self.assertEqual([record["key"] for record in found], keys)
        self.assertEqual(
            [record["status"] for record in found],
            ["ok", "gone", "not_found", "not_found", "not_found"],
        )
        self.assertEqual(found[0]["data"], {"city": "Praha"})
        self.assertEqual(found[0]["keys"], ["C-1"])

    def test_acknowledging_shows_the_lag(self):
        _items, cursor = self.pull_all()
        self.ok("ack", cursor=cursor)
        self.assertEqual(self.client.lag, 0)
        self.partners.create({"name": "New"})
        self.env["crm.exchange.change"]._number()
        self.client.invalidate_recordset()
        self.assertGreater(self.client.lag, 0)
        _items, newer = self.pull_all(cursor)
        self.ok("ack", cursor=newer)
        acked = self.client.acked_seq
        self.ok("ack", cursor=cursor)  # an old answer arrives late
        self.assertEqual(self.client.acked_seq, acked)

    # ------------------------------------------------------------------ back office

    def test_changes_are_kept_for_at_least_the_promised_days(self):
        parameters = self.env["ir.config_parameter"]
        for value, days in (("5", 30), ("90", 90), ("ever", 30), ("", 30)):
            parameters.set_param("crm_extended.exchange_kept_days", value)
            self.assertEqual(self.env["crm.exchange.change"]._kept_days(), days)
        parameters.set_param("crm_extended.exchange_kept_days", "120")
        self.assertEqual(self.env["crm.exchange.change"]._kept_days_most(), 120)

    def test_nobody_edits_the_feed(self):
        manager = new_test_user(
            self.env, "exc_manager", "crm_extended.group_exchange_manager"
        )
        self.partners.create({"name": "A"})
        self.env.flush_all()
        feed = self.env["crm.exchange.change"].with_user(manager)
        row = feed.search([], limit=1)
        self.assertTrue(row.entity)
        for operation in ("write", "create", "unlink"):
            self.assertFalse(feed.has_access(operation))
        with self.assertRaises(AccessError):
            row.write({"entity": "x"})

    def test_uninstalling_leaves_no_trigger_behind(self):
        login = self.client.user_id
        uninstall_hook(self.env)
        self.assertFalse(login.exists())
        self.env.cr.execute(
            """SELECT tgname FROM pg_trigger WHERE tgname LIKE 'crm_exchange%'
                UNION ALL
               SELECT proname FROM pg_proc WHERE proname LIKE 'crm_exchange%'
                UNION ALL
               SELECT relname FROM pg_class
                WHERE relname IN ('crm_exchange_head', 'crm_exchange_disclosed')"""
        )
        self.assertEqual(self.env.cr.fetchall(), [])
        self.partners.create({"name": "Written without the feed"})
        self.env.flush_all()

    def test_upgrading_repeats_the_installation_harmlessly(self):
        feed = self.env["crm.exchange.change"]
        feed._number()
        before = feed._position()
        feed.init()
        self.assertEqual(feed._position(), before)
        partner = self.partners.create({"name": "Anna"})
        self.assertEqual(self.changes(partner)[0].op, "i")
