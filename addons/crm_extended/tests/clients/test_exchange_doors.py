"""Doors other than the exchange, tried with a partner's login and a live key."""

import json
import xmlrpc.client

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exchange.exchange_common import ExchangeCase, quiet

PAGES = (
    "/web",
    "/odoo",
    "/my",
    "/my/home",
    "/mail/view?model=res.partner&res_id=1",
    "/web/image/res.partner/1/image_1920",
    "/web/content/1",
    "/report/html/sale.report_saleorder/1",
    "/report/pdf/sale.report_saleorder/1",
    "/web/dataset/export",
    "/web/database/manager",
    "/bus/websocket_worker_bundle",
)
ROUTES = (
    "/web/dataset/call_kw/res.partner/search_read",
    "/web/dataset/call_button/res.partner/unlink",
    "/web/action/load",
    "/mail/message/post",
    "/mail/data",
    "/web/session/get_session_info",
    "/web/webclient/load_menus",
)
METHODS = (
    ("res.partner", "web_search_read", [[], {"name": {}}]),
    ("res.partner", "web_read", [[1], {"name": {}}]),
    ("res.partner", "formatted_read_group", [[], ["city"], ["__count"]]),
    ("res.partner", "read_group", [[], ["id"], ["city"]]),
    ("res.partner", "copy", [[1]]),
    ("res.partner", "action_archive", [[1]]),
    ("res.partner", "get_metadata", [[1]]),
    ("res.partner", "message_subscribe", [[1]]),
    ("res.partner", "onchange", [[], {}, [], {}]),
    ("ir.actions.report", "render_qweb_pdf", ["x", [1]]),
    ("ir.actions.server", "run", [[1]]),
    ("ir.attachment", "search_read", [[]]),
    ("ir.model.fields", "search_read", [[]]),
    ("mail.thread", "message_process", ["res.partner", "x"]),
    ("discuss.channel", "channel_create", ["x"]),
    ("base.partner.merge.automatic.wizard", "create", [{}]),
    ("crm.exchange.audit", "search_read", [[]]),
    ("crm.exchange.credential", "search_read", [[]]),
    ("crm.exchange.client", "desk", []),
    ("crm.exchange.client", "write", [[1], {"rate": 0}]),
    ("crm.exchange.scope", "write", [[1], {"domain": "[]"}]),
    ("crm.exchange.key.dialog", "create", [{}]),
    ("crm.exchange", "_audit", [1, "read", "customer", [], 1]),
    ("crm.exchange", "_set_back", [0, "x"]),
    ("crm.exchange", "with_user", [1]),
    ("crm.exchange", "sudo", []),
    ("crm.exchange", "env", []),
    ("crm.exchange", "browse", [[1]]),
)


@tagged("post_install", "-at_install")
class TestExchangeDoors(ExchangeCase):
    @mute_logger("odoo.http")
    def test_a_key_opens_no_other_method_on_three_faces(self):
        user, dbname = self.client.user_id, self.env.cr.dbname
        for model, method, arguments in METHODS:
            with self.subTest(model=model, method=method):
                with self.assertRaises(xmlrpc.client.Fault) as refusal:
                    self.xmlrpc(model, method, arguments)
                self.assertEqual(refusal.exception.faultCode, 4)
                self.assertNoTrace(refusal.exception.faultString)
                status, _answer, text = self.json2(f"{model}/{method}", {"ids": [1]})
                self.assertIn(status, (403, 404))
                self.assertNoTrace(text)
                params = {
                    "service": "object",
                    "method": "execute_kw",
                    "args": [dbname, user.id, self.key, model, method, arguments],
                }
                with quiet:
                    response = self.url_open(
                        "/jsonrpc",
                        data=json.dumps({"jsonrpc": "2.0", "params": params}),
                        headers={"Content-Type": "application/json"},
                    )
                self.assertIn("error", response.json())
                self.assertNoTrace(response.text)

    @mute_logger("odoo.http")
    def test_a_key_opens_no_page(self):
        """With the key as bearer or basic password a page is what a stranger gets."""
        login = self.client.user_id.login
        for path in PAGES:
            plain = self.url_open(path, allow_redirects=False)
            for headers in (
                {"Authorization": f"bearer {self.key}"},
                {"X-API-Key": self.key},
            ):
                response = self.url_open(path, headers=headers, allow_redirects=False)
                with self.subTest(path=path):
                    self.assertEqual(response.status_code, plain.status_code)
                    self.assertNotIn(login, response.text)
            cookies = response.headers.get("Set-Cookie", "")
            self.assertNotIn(self.key, cookies)

    @mute_logger("odoo.http")
    def test_a_key_opens_no_route_of_the_web_client(self):
        for path in ROUTES:
            response = self.url_open(
                path,
                data=json.dumps({"jsonrpc": "2.0", "params": {}}),
                headers={
                    "Authorization": f"bearer {self.key}",
                    "Content-Type": "application/json",
                },
            )
            with self.subTest(path=path):
                answer = response.json() if response.status_code == 200 else {}
                self.assertNotIn("result", answer)

    @mute_logger("odoo.http")
    def test_no_password_can_be_asked_for_or_set(self):
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.users", "reset_password", [self.client.user_id.login])
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc("res.users", "change_password", [self.key, "new"])

    def test_values_that_look_alike_are_not_the_same_key(self):
        """NFC and NFD of one word are two keys; invisible marks are refused."""
        for key in ("A\u202e-1", "A\u200b", "A\u2066"):
            keys = [{"source": "TEST-ERP", "id": key}]
            self.refused("invalid_value", "get", entity="customer", keys=keys)

    def test_a_hostile_context_changes_nothing_over_the_wire(self):
        context = {
            "allowed_company_ids": [999],
            "active_test": False,
            "default_name": "x",
            "tracking_disable": True,
            "exchange_credential": 1,
            "uid": 1,
            "su": True,
        }
        answer = self.xmlrpc("crm.exchange", "quota", named={"context": context})
        self.assertTrue(answer["ok"])
        _status, answer, _text = self.json2("crm.exchange/quota", {"context": context})
        self.assertTrue(answer["ok"])

    def test_a_stranger_learns_nothing_from_a_wrong_key_but_that_it_is_wrong(self):
        with mute_logger("odoo.http"):
            status, answer, text = self.json2("crm.exchange/hello", key="0" * 40)
        self.assertEqual((status, answer["errors"][0]["code"]), (401, "unauthorized"))
        self.assertNotIn("TEST-ERP", text)
        self.assertNoTrace(text)
