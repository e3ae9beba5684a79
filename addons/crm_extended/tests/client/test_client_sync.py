import json
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .client_common import ENTITIES, ClientCase


class _Sync:
    """The client in `clients/python` against the server, through one of the faces."""

    FACE = ""

    def setUp(self):
        super().setUp()
        self.exchange, self.held_in = self.open(self.FACE), self.store()

    def pull(self, exchange, store, **options):
        from crm_exchange_client import Replica, pull

        self.env.flush_all()
        return pull(exchange, Replica(store, ENTITIES), **options)

    def outbox(self, exchange, store):
        from crm_exchange_client import Outbox

        return Outbox(store, exchange.hello()["source"])

    def held(self, store, record):
        rows = store.db.execute("SELECT data FROM record WHERE id = ?", [record.id])
        row = rows.fetchone()
        return row and json.loads(row["data"])

    # ------------------------------------------------------------------ reading

    def test_a_copy_is_equal_and_stays_so(self):
        face, exchange, store = self.FACE, self.exchange, self.held_in
        kept, gone = self.partners.create(
            [{"name": f"Kept {face}"}, {"name": f"Gone {face}"}]
        )
        self.pull(exchange, store, limit=7)
        self.assertEqual(self.held(store, kept)["name"], f"Kept {face}")
        kept.city = "Kraków ♫"
        gone.unlink()
        self.env.flush_all()
        self.pull(exchange, store)
        self.assertEqual(self.held(store, kept)["city"], "Kraków ♫")
        self.assertIsNone(self.held(store, gone))
        for entity in ENTITIES:
            self.assertTrue(self.compare(exchange, store, entity).equal)

    def compare(self, exchange, store, entity="customer"):
        from crm_exchange_client.verify import compare

        return compare(exchange, store, entity)

    def test_a_spoilt_copy_is_found_by_its_digest(self):
        face, exchange, store = self.FACE, self.exchange, self.held_in
        partner = self.partners.create({"name": f"Spoilt {face}"})
        self.pull(exchange, store)
        store.db.execute(
            "UPDATE record SET data = replace(data, 'Spoilt', 'Broken') WHERE id = ?",
            [partner.id],
        )
        store.db.execute("DELETE FROM record WHERE id = ?", [self.a_customer(store)])
        found = self.compare(exchange, store)
        self.assertEqual(len(found.differences), 2)
        self.assertIn(f"{partner.id} differs", found.differences)

    def a_customer(self, store):
        query = "SELECT min(id) FROM record WHERE entity = 'customer'"
        return store.db.execute(query).fetchone()[0]

    # ------------------------------------------------------------------ writing

    def test_records_are_made_changed_and_not_doubled(self):
        from crm_exchange_client import push

        face, exchange, store = self.FACE, self.exchange, self.held_in
        outbox, key = self.outbox(exchange, store), f"K-{face}"
        values = {"name": f"Hudba {face}", "is_company": True, "city": "Praha"}
        outbox.put("customer", key, values)
        person = {"name": f"Anna {face}", "email": "anna@hudba.test"}
        outbox.put("contact", f"P-{face}", person, refs={"customer": key})
        self.assertEqual(push(exchange, outbox).statuses, {"created": 2})
        company = self.known_as(key)
        self.assertEqual((company.name, company.city), (f"Hudba {face}", "Praha"))
        self.assertEqual(company.child_ids.email, "anna@hudba.test")
        outbox.put("customer", key, {**values, "city": None, "zip": "110 00"})
        self.assertEqual(push(exchange, outbox).statuses, {"updated": 1})
        company.invalidate_recordset()
        self.assertEqual((company.city, company.zip), (False, "110 00"))
        self.assertFalse(outbox.put("customer", key, values | {"city": None}))
        self.assertEqual(
            self.partners.search_count([("name", "=", f"Hudba {face}")]), 1
        )
        self.pull(exchange, store)
        self.assertEqual(self.held(store, company)["zip"], "110 00")
        self.assertTrue(self.compare(exchange, store).equal)

    def test_the_same_batch_again_is_answered_and_not_done_again(self):
        face, exchange, store = self.FACE, self.exchange, self.held_in
        outbox = self.outbox(exchange, store)
        outbox.put("customer", f"K-{face}", {"name": f"Once {face}"})
        batch = outbox.batches.next()
        first = exchange.push(batch.id, batch.rows)  # and the answer is lost
        batch = outbox.batches.next()
        again = exchange.push(batch.id, batch.rows)
        self.assertEqual(first, again)
        outbox.batches.settle(batch, again)
        self.assertEqual(outbox.waiting(), {})
        named = self.partners.search([("name", "=", f"Once {face}")])
        self.assertEqual(len(named), 1)

    def test_changes_of_both_sides_meet_field_by_field(self):
        from crm_exchange_client import push

        face, exchange, store = self.FACE, self.exchange, self.held_in
        outbox, key = self.outbox(exchange, store), f"M-{face}"
        outbox.put("customer", key, {"name": "Meet", "city": "Praha", "zip": "1"})
        push(exchange, outbox)
        partner = self.known_as(key)
        partner.write({"city": "Brno", "street": "Ours 1"})
        self.env.flush_all()
        # both changed the city; only they the postal code, only we the street
        outbox.put("customer", key, {"name": "Meet", "city": "Plzeň", "zip": "2"})
        self.assertEqual(push(exchange, outbox).statuses, {"conflict": 1})
        [problem] = outbox.problems()
        sides = problem["answer"]["conflict"]["city"]
        self.assertEqual((sides["mine"], sides["theirs"]), ("Plzeň", "Brno"))
        outbox.again(problem["n"], force=True)
        self.assertEqual(push(exchange, outbox).statuses, {"updated": 1})
        partner.invalidate_recordset()
        self.assertEqual(
            (partner.city, partner.zip, partner.street), ("Plzeň", "2", "Ours 1")
        )

    def test_a_contact_sent_before_its_customer_waits_for_it(self):
        from crm_exchange_client import push

        face, exchange, store = self.FACE, self.exchange, self.held_in
        outbox = self.outbox(exchange, store)
        refs = {"customer": f"HQ-{face}"}
        outbox.put("contact", f"C-{face}", {"name": "Bea"}, refs=refs)
        self.assertEqual(push(exchange, outbox).statuses, {"deferred": 1})
        self.assertEqual(outbox.waiting(), {"deferred": 1})
        head = {"name": f"Head {face}", "is_company": True}
        outbox.put("customer", f"HQ-{face}", head)
        self.assertEqual(push(exchange, outbox).statuses, {"created": 1})
        self.env.invalidate_all()
        self.assertEqual(self.known_as(f"HQ-{face}").child_ids.name, "Bea")
        self.pull(exchange, store)
        self.assertEqual(outbox.waiting(), {})  # settled by what came back

    def test_refused_rows_say_why_and_the_others_go(self):
        from crm_exchange_client import push

        face, exchange, store = self.FACE, self.exchange, self.held_in
        outbox = self.outbox(exchange, store)
        outbox.put("customer", f"G-{face}", {"name": "Good"})
        outbox.put("customer", f"B-{face}", {"name": "Bad", "country": "ZZZ"})
        outbox.put("customer", f"N-{face}", {"city": "Nameless"})
        with mute_logger("odoo.sql_db"):
            done = push(exchange, outbox)
        self.assertEqual(done.statuses, {"created": 1, "rejected": 2})
        reasons = [p["answer"]["errors"][0] for p in outbox.problems()]
        self.assertIn("country", reasons[0]["path"])
        self.assertIn("name", reasons[1]["path"])
        self.assertTrue(all(reason["message"] for reason in reasons))

    # ------------------------------------------------------------------ the door

    def test_the_client_is_told_what_it_may_do(self):
        exchange = self.exchange
        told = exchange.hello()
        self.assertEqual(told["source"], self.client.source_id.code)
        self.assertEqual((told["on_conflict"], told["sandbox"]), ("merge3", False))
        [customer, _contact] = told["entities"]
        self.assertEqual(customer["verbs"], ["read", "create", "update", "delete"])

    def test_a_field_that_may_only_be_read_is_told_so(self):
        scope = self.client.scope_ids.filtered(lambda s: s.entity == "customer")
        scope.write({"write_mode": "list", "write_names": "city"})
        self.env.flush_all()
        fields = self.exchange.schema("customer")["fields"]
        self.assertEqual([f["name"] for f in fields if f["writable"]], ["city"])

    def test_a_sandbox_stores_nothing_and_the_client_notices(self):
        from crm_exchange_client import Refused, push

        self.client.sandbox = True
        self.env.flush_all()
        face, exchange, store = self.FACE, self.exchange, self.held_in
        outbox = self.outbox(exchange, store)
        outbox.put("customer", f"S-{face}", {"name": "Only a rehearsal"})
        with self.assertRaisesRegex(Refused, "sandbox"):
            push(exchange, outbox)
        self.assertFalse(self.partners.search([("name", "=", "Only a rehearsal")]))

    @mute_logger("odoo.http")
    def test_a_wrong_key_is_named_and_not_tried_again(self):
        from crm_exchange_client import Unauthorized

        with self.assertRaises(Unauthorized):
            self.open(self.FACE, key="0" * 40).hello()

    @mute_logger("odoo.http", "odoo.addons.crm_extended.models.exchange.ir_http")
    @mute_logger("odoo.addons.crm_extended.controllers.exchange_rpc")
    def test_a_database_that_is_away_is_no_wrong_key(self):
        from crm_exchange_client import Refused

        away = psycopg2.OperationalError("server closed the connection unexpectedly")
        keys, users = self.env["res.users.apikeys"], self.env["res.users"]
        if self.FACE == "json2":
            asked = patch.object(type(keys), "_check_credentials", side_effect=away)
        else:
            self.exchange.hello()
            asked = patch.object(type(users), "_check_key_alive", side_effect=away)
        with asked, self.assertRaises(Refused) as refusal:
            self.exchange.hello()
        self.assertEqual(refusal.exception.code, "busy")
        self.assertTrue(refusal.exception.retryable)


@tagged("post_install", "-at_install")
class TestClientJson2(_Sync, ClientCase):
    FACE = "json2"


@tagged("post_install", "-at_install")
class TestClientXmlRpc(_Sync, ClientCase):
    FACE = "xmlrpc"
