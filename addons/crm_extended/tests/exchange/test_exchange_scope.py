from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...exchange import cursor as cursors
from .exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeScope(ExchangeCase):
    """Who may read what: clients, scopes, cursors and roles."""

    def test_hello_and_schema_tell_what_is_in_scope(self):
        client = self.make_client("PLAIN", mode="plain")
        data = self.ok("hello", client, client="Shop 2.1", versions=["1.0"])
        self.assertEqual(data["client"], "PLAIN")
        [entity] = data["entities"]
        self.assertEqual(entity["name"], "customer")
        self.assertNotIn("email", entity["fields"])
        self.assertEqual(client.software, "Shop 2.1")
        self.assertTrue(client.last_seen)
        schema = self.ok("schema", client, entity="customer")
        self.assertFalse([f for f in schema["fields"] if f["personal"]])
        self.refused("unknown_version", "hello", client, versions=["9.0"])
        self.refused(
            "unknown_version", "schema", client, entity="customer", version="2"
        )

    def test_personal_data_stay_outside_a_plain_scope(self):
        client = self.make_client("PLAIN", mode="plain")
        self.partners.create(
            {"name": "Secret", "email": "s@example.org", "city": "Brno"}
        )
        items, _cursor = self.pull_all(by=client)
        names = {name for item in items for name in item["data"]}
        self.assertIn("city", names)
        self.assertTrue(names.isdisjoint({"name", "email", "phone", "street", "vat"}))
        self.refused(
            "unknown_field", "get", client, entity="customer", keys=[], fields=["email"]
        )

    def test_an_entity_out_of_scope_is_as_one_that_does_not_exist(self):
        for name in ("contact", "payroll"):
            one = self.refused("out_of_scope", "get", entity=name, keys=[])
            self.assertNotIn("contact exists", one["message"])
            self.refused("out_of_scope", "pull", entities=[name])
            self.refused("out_of_scope", "schema", entity=name)

    def test_a_filtered_client_sees_only_its_customers(self):
        client = self.make_client("BRNO", domain="[('city', '=', 'Brno')]")
        mine, other = self.partners.create(
            [{"name": "Mine", "city": "Brno"}, {"name": "Other", "city": "Praha"}]
        )
        items, cursor = self.pull_all(by=client)
        self.assertIn(mine.id, [item["id"] for item in items])
        self.assertEqual({item["data"]["city"] for item in items}, {"Brno"})
        other.name = "Other, renamed"
        other_id, mine_id = other.id, mine.id
        never = self.partners.create({"name": "Short-lived", "city": "Ostrava"})
        never.unlink()
        self.assertEqual(self.pull_all(cursor, client)[0], [])
        mine.city = "Praha"
        [left], cursor = self.pull_all(cursor, client)
        self.assertEqual((left["op"], left["id"]), ("left_scope", mine_id))
        keys = [{"id": mine_id}, {"id": other_id}]
        found = self.ok("get", client, entity="customer", keys=keys)["records"]
        self.assertEqual([r["status"] for r in found], ["not_found", "not_found"])
        mine.unlink()
        [deleted], cursor = self.pull_all(cursor, client)
        self.assertEqual((deleted["op"], deleted["id"]), ("delete", mine_id))
        other.unlink()
        found = self.ok("get", client, entity="customer", keys=keys)["records"]
        self.assertEqual([r["status"] for r in found], ["gone", "not_found"])

    def test_items_of_a_filtered_client_are_numbered_without_gaps(self):
        client = self.make_client("BRNO", domain="[('city', '=', 'Brno')]")
        items, cursor = self.pull_all(by=client)
        for number in range(6):
            city = "Brno" if number % 2 else "Praha"
            self.partners.create({"name": f"P{number}", "city": city})
        later, _cursor = self.pull_all(cursor, client, limit=2)
        self.assertEqual(len({item["id"] for item in later}), 3)
        numbers = [int(item["seq"]) for item in items + later]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))

    def test_customers_of_another_company_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other, shared = self.partners.create(
            [{"name": "Other", "company_id": company.id}, {"name": "Shared"}]
        )
        ids = [item["id"] for item in self.pull_all()[0]]
        self.assertNotIn(other.id, ids)
        self.assertIn(shared.id, ids)

    def test_staff_and_technical_logins_are_no_customers(self):
        employee = new_test_user(self.env, "exc_employee", "base.group_user")
        ids = [item["id"] for item in self.pull_all()[0]]
        self.assertNotIn(employee.partner_id.id, ids)
        self.assertNotIn(self.client.user_id.partner_id.id, ids)
        self.assertNotIn(self.env.ref("base.public_partner").id, ids)
        self.assertNotIn(self.env.company.partner_id.id, ids)

    # ------------------------------------------------------------------ refusals

    def test_an_expired_or_switched_off_client_is_refused_at_the_next_call(self):
        self.ok("hello")
        self.client.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        for method, arguments in (
            ("hello", {}),
            ("pull", {}),
            ("schema", {"entity": "customer"}),
            ("get", {"entity": "customer", "keys": []}),
            ("ack", {"cursor": "x"}),
        ):
            self.refused("client_expired", method, **arguments)
        self.client.expires_at = False
        self.client.active = False
        self.refused("client_inactive", "hello")

    def test_a_person_is_no_client(self):
        user = new_test_user(self.env, "exc_person", "base.group_user")
        answer = self.env["crm.exchange"].with_user(user).hello()
        self.assertEqual(answer["errors"][0]["code"], "not_a_client")

    def test_cursors_out_of_place_are_refused(self):
        _items, cursor = self.pull_all()
        other = self.make_client("OTHER")
        self.refused("cursor_foreign", "pull", other, cursor=cursor)
        self.refused("cursor_invalid", "pull", cursor=cursor.swapcase())
        place = cursors.read(cursor, self.env["crm.exchange"]._secret())
        future = place.moved(position=place.position + 1000)
        token = future.token(self.env["crm.exchange"]._secret())
        for method in ("pull", "ack"):
            self.refused("cursor_future", method, cursor=token)
        self.client.scope_ids.domain = "[('city', '!=', False)]"
        self.refused("cursor_scope", "pull", cursor=cursor)
        self.client.scope_ids.domain = "[]"
        self.ok("pull", cursor=cursor)
        self.env["crm.exchange.change"]._start_new_epoch()
        self.refused("cursor_epoch", "pull", cursor=cursor)

    def test_a_cursor_belongs_to_its_list_of_entities(self):
        client = self.make_client("BOTH", entities=("customer", "contact"))
        _items, cursor = self.pull_all(by=client, entities=["contact"])
        self.ok("pull", client, cursor=cursor)
        self.ok("pull", client, cursor=cursor, entities=["contact"])
        self.refused(
            "cursor_scope", "pull", client, cursor=cursor, entities=["customer"]
        )

    def test_an_injected_context_changes_nothing(self):
        hostile = {
            "allowed_company_ids": [999_999],
            "active_test": True,
            "default_name": "x",
            "lang": "xx_XX",
            "tz": "Mars/Olympus",
        }
        archived = self.partners.create({"name": "Archived", "active": False})
        model = self.env["crm.exchange"].with_user(self.client.user_id)
        plain = model.with_context(**hostile)._with_plain_context()
        self.assertEqual(plain.env.context, {})
        answer = model.with_context(**hostile).get(
            entity="customer", keys=[{"id": archived.id}]
        )
        self.assertEqual(answer["data"]["records"][0]["status"], "ok")

    @mute_logger("odoo.addons.crm_extended.models.exchange.crm_exchange")
    def test_a_fault_of_ours_is_one_short_error(self):
        exchange = type(self.env["crm.exchange"])
        with patch.object(exchange, "_start", side_effect=KeyError("our secret")):
            error = self.refused("unexpected", "pull")
        self.assertTrue(error["retryable"])
        self.assertNotIn("secret", str(error))
        self.assertLess(len(str(error)), 500)

    def test_too_long_a_text_is_cut_and_reported(self):
        self.env.cr.execute(
            "INSERT INTO res_partner (name, type, autopost_bills, partner_share, "
            "active) VALUES (repeat('x', 100000), 'contact', 'ask', true, true) "
            "RETURNING id"
        )
        [partner] = self.env.cr.fetchone()
        [record] = self.ok("get", entity="customer", keys=[{"id": partner}])["records"]
        self.assertEqual(len(record["data"]["name"]), 250)
        self.assertEqual(record["cut"], ["name"])

    # ------------------------------------------------------------------ back office

    def test_only_exchange_managers_reach_clients(self):
        roles = {
            "crm_extended.group_customer_user": False,
            "crm_extended.group_customer_manager": False,
            "crm_extended.group_import_user": False,
            "crm_extended.group_exchange_manager": True,
        }
        for group, allowed in roles.items():
            user = new_test_user(self.env, f"exc_{group[-12:]}", group)
            for model in (
                "crm.exchange.client",
                "crm.exchange.scope",
                "crm.exchange.change",
            ):
                with self.subTest(group=group, model=model):
                    own = self.env[model].with_user(user)
                    self.assertEqual(own.has_access("read"), allowed)
                    writable = allowed and model != "crm.exchange.change"
                    self.assertEqual(own.has_access("write"), writable)

    def test_a_manager_admits_a_client(self):
        manager = new_test_user(
            self.env, "exc_boss", "crm_extended.group_exchange_manager"
        )
        client = (
            self.env["crm.exchange.client"]
            .with_user(manager)
            .create({"name": "New ERP", "code": "NEW-ERP"})
        )
        self.assertEqual(client.user_id.login, "exchange-new-erp")
        self.assertEqual(client.source_id.kind, "exchange")
        action = client.action_new_key()
        self.assertEqual(len(action["context"]["default_key"]), 40)
        client.action_new_key()
        client.invalidate_recordset()
        self.assertEqual(client.key_count, 2)
        with self.assertRaises(UserError):
            client.action_new_key()
        client.action_revoke_keys()
        self.assertEqual(client.key_count, 0)

    def test_a_manager_of_another_company_does_not_see_the_client(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        manager = new_test_user(
            self.env,
            "exc_far",
            "crm_extended.group_exchange_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        clients = self.env["crm.exchange.client"].with_user(manager)
        self.assertNotIn(self.client, clients.search([]))
        with self.assertRaises(AccessError):
            self.client.with_user(manager).action_new_key()

    def test_a_login_of_the_exchange_has_no_other_group(self):
        with self.assertRaises(ValidationError):
            self.client.user_id.group_ids += self.env.ref("base.group_user")
        with self.assertRaises(ValidationError):
            self.client.user_id = new_test_user(self.env, "exc_x", "base.group_portal")

    def test_a_filter_that_cannot_work_is_refused_when_set(self):
        scope = self.client.scope_ids
        for domain in (
            "[('nope', '=', 1)]",
            "__import__('os').system('true')",
            "[('city', '=', uid)]",
            "[('city', 'any!', [])]",
            "(" * 5000,
            "1",
        ):
            with self.subTest(domain=domain[:40]), self.assertRaises(ValidationError):
                scope.domain = domain
                scope.flush_recordset()

    def test_a_filter_cannot_ask_what_its_author_may_not_see(self):
        manager = new_test_user(
            self.env, "exc_nosy", "crm_extended.group_exchange_manager"
        )
        scope = self.client.scope_ids.with_user(manager)
        with self.assertRaises(ValidationError):
            scope.domain = "[('user_ids.password', 'like', 'a%')]"

    def test_listed_fields_must_exist(self):
        scope = self.client.scope_ids
        scope.write({"field_mode": "list", "field_names": "name, city"})
        self.assertEqual(self.ok("hello")["entities"][0]["fields"], ["name", "city"])
        for names in ("name, password", "", False):
            with self.assertRaises(ValidationError):
                scope.field_names = names
