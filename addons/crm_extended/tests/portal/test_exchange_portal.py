import json
import re
from html import unescape

from odoo.tests import tagged

from .portal_common import ExchangePortalCase


@tagged("post_install", "-at_install")
class TestExchangePortal(ExchangePortalCase):
    def shown_key(self, text):
        found = re.search(r"o_exchange_key[^>]*>([0-9a-f]{40})<", text)
        return found and found[1]

    def test_a_person_sees_the_clients_in_their_care(self):
        self.authenticate("petra_portal", "exchange-portal-1")
        text = self.url_open("/my/exchange").text
        self.assertIn("System PORTAL-ERP", text)
        self.assertIn("System PORTAL-TEST", text)
        self.assertNotIn("OTHER-ERP", text)
        counts = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["exchange_count"]}
        )
        self.assertEqual(counts["exchange_count"], 2)

    def test_the_page_tells_state_keys_limits_and_refusals(self):
        self.client.write({"daily_rows": 5000})
        self.client._make_key("Night run")
        service = self.env["crm.exchange"].with_user(self.client.user_id)
        refused = service.get(entity="invoice_of_no_scope", keys=[])
        text = self.page()
        self.assertIn("Night run", text)
        self.assertIn(
            "of 5000 records today",
            re.sub(r"<[^>]+>|\\s+", " ", text).replace("  ", " "),
        )
        self.assertIn("out_of_scope", text)
        self.assertIn(refused["request_id"], text)

    def test_a_new_key_is_shown_once_and_works(self):
        self.page()
        key = self.shown_key(self.post("/key", label="ERP 2027"))
        self.assertTrue(key)
        self.assertNotIn(key, self.page())
        self.authenticate(None, None)
        answer = self.url_open(
            "/json/2/crm.exchange/hello",
            data="{}",
            headers={
                "Authorization": f"bearer {key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        ).json()
        self.assertTrue(answer["ok"], answer)
        made = self.client.credential_ids
        self.assertEqual((made.name, made.create_uid), ("ERP 2027", self.petra))

    def test_a_third_key_is_refused_in_words(self):
        self.page()
        for _time in range(2):
            self.post("/key", label="Key")
        text = self.post("/key", label="Third")
        self.assertIn("has 2 keys already", text)
        self.assertEqual(len(self.client.credential_ids), 2)

    def test_a_key_is_revoked_by_its_person(self):
        self.client._make_key("Old")
        key = self.client.credential_ids
        self.page()
        self.post(f"/key/{key.id}/revoke", code=303)
        self.assertEqual((key.state, key.revoked_by_id), ("revoked", self.petra))

    def test_keys_are_not_theirs_unless_the_operator_allows(self):
        self.client.portal_keys = False
        self.client._make_key("Ours")
        key = self.client.credential_ids
        self.assertNotIn("New Key", self.page())
        self.post("/key", code=404, label="Mine")
        self.post(f"/key/{key.id}/revoke", code=404)
        self.assertEqual((key.state, len(self.client.credential_ids)), ("live", 1))

    def test_the_manual_is_of_the_scope_and_tells_every_method(self):
        self.client.scope_ids.write({"field_mode": "list", "field_names": "name,city"})
        text = self.page("/manual")
        self.assertIn("exchange-portal-erp", text)
        self.assertIn(">city<", text)
        self.assertNotIn(">created_at<", text)
        self.assertNotIn(">invoice<", text)
        for method in self.env["crm.exchange.client"]._get_methods():
            self.assertTrue(method.summary, method.name)
            self.assertIn(f'id="{method.name}"', text)

    def answer(self, text):
        found = re.search(r"o_exchange_answer[^>]*><code>(.*?)</code>", text, re.S)
        return json.loads(unescape(found[1])) if found else None

    def test_the_console_answers_as_the_service_does(self):
        self.page("/console", self.sandbox)
        told = self.answer(
            self.post("/console", self.sandbox, method="hello", arguments="{}")
        )
        self.assertEqual(told["data"]["client"], "PORTAL-TEST")

    def test_the_console_keeps_nothing(self):
        key = {"source": "PORTAL-TEST", "id": "C-1"}
        row = {"row_id": "1", "op": "upsert", "entity": "customer", "key": key}
        row |= {"base_rev": "*", "set": {"name": "Console Customer"}}
        call = {"method": "push"}
        call["arguments"] = json.dumps({"batch_id": "b", "rows": [row]})
        self.page("/console", self.sandbox)
        for _time in range(2):
            text = self.post("/console", self.sandbox, **call)
            told = self.answer(text)["data"]["rows"][0]
            self.assertEqual(told["status"], "created")
        found = self.env["res.partner"].search([("name", "=", "Console Customer")])
        self.assertFalse(found)

    def test_a_live_client_has_no_console(self):
        text = self.page("/console")
        self.assertIn("works with real data", text)
        self.assertIn("System PORTAL-TEST", text)
        text = self.post("/console", method="hello", arguments="{}")
        self.assertIsNone(self.answer(text))

    def test_a_client_switched_off_says_so(self):
        self.client.active = False
        self.assertIn("Switched off", self.page())
