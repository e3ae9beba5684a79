from unittest.mock import patch

from odoo.tests import tagged

from .portal_common import PASSWORD, ExchangePortalCase

PAGES = ("", "/manual", "/console")


@tagged("post_install", "-at_install")
class TestExchangePortalHostile(ExchangePortalCase):
    def test_what_is_not_theirs_does_not_exist(self):
        self.authenticate("petra_portal", PASSWORD)
        for client in (self.foreign.id, 0, 2**31, 2**70, 999_999_999):
            for page in PAGES:
                answer = self.url_open(f"/my/exchange/{client}{page}")
                self.assertEqual(answer.status_code, 404, (client, page))
        self.assertEqual(self.url_open("/my/exchange/-1").status_code, 404)

    def test_forms_of_another_client_do_not_exist_either(self):
        self.foreign.portal_keys = True
        self.foreign._make_key("Theirs")
        key = self.foreign.credential_ids
        self.page()
        self.post("/key", self.foreign, 404, label="Mine")
        self.post(f"/key/{key.id}/revoke", self.foreign, 404)
        self.post("/console", self.foreign, 404, method="hello", arguments="{}")
        # through one's own client, another's key
        self.post(f"/key/{key.id}/revoke", self.client, 404)
        self.assertEqual((key.state, len(self.foreign.credential_ids)), ("live", 1))

    def test_a_colleague_in_the_same_company_is_not_named_and_sees_nothing(self):
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        (self.petra | self.other).partner_id.parent_id = company
        self.page(by="olga_portal", code=404)

    def test_who_is_no_longer_named_sees_nothing_at_once(self):
        self.page()
        self.client.portal_partner_ids = False
        self.open(code=404)

    def test_without_signing_in_there_is_the_door(self):
        self.authenticate(None, None)
        for page in PAGES:
            answer = self.url_open(
                f"/my/exchange/{self.client.id}{page}", allow_redirects=False
            )
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_a_form_without_its_token_does_nothing(self):
        self.page()
        for data in ({"label": "x"}, {"label": "x", "csrf_token": "forged"}):
            self.open("/key", code=400, data=data)
        self.assertFalse(self.client.credential_ids)

    def test_reading_a_page_changes_nothing(self):
        self.client._make_key("Mine")
        key = self.client.credential_ids
        self.page()
        for path in ("/key?label=x", f"/key/{key.id}/revoke"):
            self.open(path, code=405)
        self.assertEqual(len(self.client.credential_ids), 1)
        self.assertEqual(key.state, "live")

    def test_markup_in_names_is_shown_and_not_run(self):
        evil = "<script>alert(1)</script>"
        self.client.write({"name": evil, "software": evil})
        self.page()
        text = self.post("/key", label=evil)
        self.assertNotIn(evil, text)
        self.assertIn("&lt;script&gt;", text)
        text = self.post("/console", self.sandbox, method="hello", arguments=evil)
        self.assertNotIn(evil, text)

    def test_only_methods_that_keep_nothing_can_be_tried(self):
        self.page()
        for method in ("ack", "hook_set", "_serve", "create", "unlink", "fields_get"):
            with patch.object(
                type(self.env["crm.exchange.console"]), "_call_and_undo"
            ) as called:
                called.return_value = "{}"
                self.post("/console", self.sandbox, method=method, arguments="{}")
            self.assertIn(called.call_args.args[1], ("hello",), method)

    def test_hostile_arguments_are_answered_in_words(self):
        self.page()
        for text in (
            "",
            "null",
            "[1]",
            "{",
            "[" * 50_000,
            '{"self": 1}',
            '{"limit": 1e400}',
            '{"limit": ' + "9" * 5000 + "}",
            '{"cursor": "\\ud800"}',
            '{"context": {"uid": 2}}',
            "x" * 70_000,
        ):
            with self.subTest(text=text[:30]):
                answer = self.post(
                    "/console", self.sandbox, method="pull", arguments=text
                )
                self.assertNotIn("Traceback", answer)
                self.assertNotIn(".py", answer)

    def test_trying_out_has_its_limit(self):
        self.page()
        with patch(
            "odoo.addons.crm_extended.models.portal.crm_exchange_console.PER_MINUTE", 2
        ):
            texts = [
                self.post("/console", self.sandbox, method="hello", arguments="{}")
                for _time in range(4)
            ]
        self.assertIn("o_exchange_answer", texts[1])
        self.assertTrue(any("Too many calls" in text for text in texts[2:]))

    def test_the_page_is_neither_stored_nor_framed(self):
        self.authenticate("petra_portal", PASSWORD)
        headers = self.url_open(f"/my/exchange/{self.client.id}").headers
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Frame-Options"], "DENY")

    def test_a_portal_user_cannot_read_the_models_themselves(self):
        env = self.env(user=self.petra)
        for model in ("client", "credential", "scope", "console", "transfer"):
            with self.subTest(model):
                self.assertFalse(env[f"crm.exchange.{model}"].has_access("read"))
