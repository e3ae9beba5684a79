import json
import xmlrpc.client
from datetime import timedelta

import odoorpc

from odoo import fields
from odoo.tests import HOST, tagged
from odoo.tools import mute_logger

from .exchange_common import ExchangeCase, quiet

REFUSED = (
    ("res.partner", "search_read", [[]]),
    ("res.partner", "create", [{"name": "x"}]),
    ("res.partner", "write", [[1], {"name": "x"}]),
    ("res.partner", "unlink", [[1]]),
    ("res.partner", "load", [["name"], [["x"]]]),
    ("res.partner", "export_data", [[1], ["name"]]),
    ("res.partner", "message_post", [[1]]),
    ("res.partner", "fields_get", []),
    ("res.partner", "get_views", [[[False, "form"]]]),
    ("res.partner", "default_get", [["name"]]),
    ("res.partner", "name_search", []),
    ("res.partner", "check_access_rights", ["read"]),
    ("res.users", "read", [[1], ["login"]]),
    ("res.users", "has_group", ["base.group_user"]),
    ("res.users", "action_get", []),
    ("res.users", "change_password", ["a", "b"]),
    ("res.users.apikeys.description", "make_key", [[1]]),
    ("res.lang", "get_installed", []),
    ("res.currency", "search_read", [[]]),
    ("ir.model", "search", [[]]),
    ("ir.ui.menu", "load_menus", [False]),
    ("ir.config_parameter", "get_param", ["database.secret"]),
    ("mail.message", "search_read", [[]]),
    ("crm.exchange.client", "search_read", [[]]),
    ("crm.exchange.change", "search_read", [[]]),
    ("crm.exchange", "search_read", [[]]),
    ("crm.exchange", "create", [{}]),
    ("crm.exchange", "export_data", [[1], ["id"]]),
    ("crm.exchange", "_entities", []),
    ("crm.exchange", "_client", []),
    ("no.such.model", "read", [[1]]),
)


@tagged("post_install", "-at_install")
class TestExchangeFaces(ExchangeCase):
    """What comes in over the network, from clients nobody here wrote."""

    # ------------------------------------------------------------------ round trips

    def test_round_trip_over_xmlrpc(self):
        self.assertTrue(self.xmlrpc("crm.exchange", "hello")["ok"])
        cursor, copy, numbers = "", {}, []

        def pull():
            nonlocal cursor
            while True:
                arguments = {"cursor": cursor, "limit": 5}
                answer = self.xmlrpc("crm.exchange", "pull", named=arguments)
                self.assertTrue(answer["ok"], answer["errors"])
                for item in answer["data"]["items"]:
                    numbers.append(int(item["seq"]))
                    if item["op"] == "upsert":
                        copy[item["id"]] = item["data"]
                    else:
                        copy.pop(item["id"], None)
                cursor = answer["data"]["cursor"]
                if not answer["data"]["more"]:
                    return

        kept, gone = self.partners.create([{"name": "Kept"}, {"name": "Gone"}])
        pull()
        self.assertEqual(copy[kept.id]["name"], "Kept")
        new = self.partners.create({"name": "Antonín Dvořák ♫"})
        kept.city, gone_id = "Kraków", gone.id
        gone.unlink()
        pull()
        self.assertEqual(copy[new.id]["name"], "Antonín Dvořák ♫")
        self.assertEqual(copy[kept.id]["city"], "Kraków")
        self.assertNotIn(gone_id, copy)
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        acked = self.xmlrpc("crm.exchange", "ack", named={"cursor": cursor})
        self.assertTrue(acked["ok"])

    def test_round_trip_with_odoorpc(self):
        partner = self.partners.create({"name": "Anna"})
        self.env.flush_all()
        with self.allow_requests(all_requests=True), quiet:
            odoo = odoorpc.ODOO(HOST, port=self.http_port())
            login = self.client.user_id.login
            odoo.login(self.env.cr.dbname, login, self.key)
            exchange = odoo.env["crm.exchange"]
            self.assertEqual(exchange.hello()["data"]["client"], "TEST-ERP")
            answer = exchange.get(entity="customer", keys=[{"id": partner.id}])
            [record] = answer["data"]["records"]
            self.assertEqual(record["data"]["name"], "Anna")
            page = exchange.pull(limit=3)["data"]
            self.assertEqual([item["seq"] for item in page["items"]], ["1", "2", "3"])
            with self.assertRaises(odoorpc.error.RPCError) as refusal:
                odoo.env["res.partner"]
        self.assertNoTrace(json.dumps(refusal.exception.info))

    def test_round_trip_over_json2(self):
        partner = self.partners.create({"name": "Anna"})
        status, answer, _text = self.json2("crm.exchange/hello", {"versions": ["1.0"]})
        self.assertEqual((status, answer["ok"]), (200, True))
        arguments = {"entity": "customer", "keys": [{"id": partner.id}]}
        _status, answer, _text = self.json2("crm.exchange/get", arguments)
        self.assertEqual(answer["data"]["records"][0]["data"]["name"], "Anna")
        _status, answer, _text = self.json2("crm.exchange/pull", {"limit": 3})
        self.assertEqual(len(answer["data"]["items"]), 3)

    # ------------------------------------------------------------------ the door

    @mute_logger("odoo.http")
    def test_a_clients_key_opens_nothing_else_over_xmlrpc(self):
        for model, method, arguments in REFUSED:
            with self.subTest(model=model, method=method):
                with self.assertRaises(xmlrpc.client.Fault) as refusal:
                    self.xmlrpc(model, method, arguments)
                self.assertEqual(refusal.exception.faultCode, 4)
                self.assertNoTrace(refusal.exception.faultString)
                self.assertLess(len(refusal.exception.faultString), 300)

    @mute_logger("odoo.http")
    def test_a_clients_key_opens_nothing_else_over_json2(self):
        for model, method, _arguments in REFUSED:
            with self.subTest(model=model, method=method):
                status, answer, text = self.json2(f"{model}/{method}", {"ids": [1]})
                self.assertIn(status, (403, 404))
                self.assertFalse(answer["ok"])
                self.assertNoTrace(text)

    def test_other_bearer_routes_are_closed_to_a_clients_key(self):
        headers = {"Authorization": f"bearer {self.key}"}
        for path in ("/json/1/contacts", "/doc-bearer/index.json"):
            response = self.url_open(path, headers=headers)
            self.assertIn(response.status_code, (403, 404), path)

    def test_no_web_session_for_a_client(self):
        self.client.user_id.password = "a-password-of-its-own"
        self.env.flush_all()
        for secret in (self.key, "a-password-of-its-own"):
            params = {
                "db": self.env.cr.dbname,
                "login": self.client.user_id.login,
                "password": secret,
            }
            with mute_logger("odoo.http"):
                response = self.url_open(
                    "/web/session/authenticate",
                    data=json.dumps({"jsonrpc": "2.0", "params": params}),
                    headers={"Content-Type": "application/json"},
                )
            self.assertIn("error", response.json())

    @mute_logger("odoo.http")
    def test_a_password_is_no_key(self):
        self.client.user_id.password = "a-password-of-its-own"
        with self.assertRaises(xmlrpc.client.Fault) as refusal:
            self.xmlrpc("crm.exchange", "hello", key="a-password-of-its-own")
        self.assertEqual(refusal.exception.faultCode, 3)

    @mute_logger("odoo.http")
    def test_a_revoked_key_fails_at_the_next_call(self):
        self.assertTrue(self.xmlrpc("crm.exchange", "hello")["ok"])
        self.client.user_id.api_key_ids._remove()
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("crm.exchange", "hello")
        self.assertEqual(self.json2("crm.exchange/hello")[0], 401)

    @mute_logger("odoo.http")
    def test_an_expired_key_fails_although_the_login_is_cached(self):
        self.assertTrue(self.xmlrpc("crm.exchange", "hello")["ok"])
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = %s WHERE user_id = %s",
            [fields.Datetime.now() - timedelta(minutes=1), self.client.user_id.id],
        )
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("crm.exchange", "hello")

    def test_an_expired_client_is_told_so_over_both_faces(self):
        self.assertTrue(self.xmlrpc("crm.exchange", "hello")["ok"])
        self.client.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        answers = [
            self.xmlrpc("crm.exchange", "hello"),
            self.json2("crm.exchange/hello")[1],
        ]
        for answer in answers:
            self.assertEqual(answer["errors"][0]["code"], "client_expired")

    def test_people_keep_their_own_rpc(self):
        user = self.env.ref("base.user_admin")
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        with quiet:
            count = self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, user.id, key, "res.partner", "search_count", [[]]
            )
        self.assertGreater(count, 0)
        self.assertEqual(
            self.json2("res.partner/search_count", {"domain": []}, key=key)[0], 200
        )
