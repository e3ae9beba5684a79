import base64
import json
from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .privacy_common import OFFICER, PrivacyCase

LIKES = "<p>Likes <b>Bach</b></p>"


@tagged("post_install", "-at_install")
class TestPrivacyRequest(PrivacyCase):
    def ask(self, kind="access", partner=None, **vals):
        requests = self.env["crm.privacy.request"].with_user(self.officer)
        return requests.create(
            {"kind": kind, "partner_id": (partner or self.anna).id, **vals}
        )

    def fulfil(self, request):
        request.identity_check = "known"
        request.action_check()
        return request.action_fulfil()

    def read_result(self, request):
        files = {f.mimetype: base64.b64decode(f.datas) for f in request.result_ids}
        return json.loads(files["application/json"]), files.get("text/html", b"")

    def test_the_answer_is_due_within_a_month_or_three(self):
        request = self.ask(received_on="2026-01-31")
        self.assertEqual(request.due_date, date(2026, 2, 28))
        request.write({"extended": True, "extension_reason": "Ten systems"})
        self.assertEqual(request.due_date, date(2026, 4, 30))
        self.assertTrue(request.activity_ids)
        request.received_on = fields.Date.today()
        late = self.env["crm.privacy.request"].search([("is_late", "=", True)])
        request.received_on = fields.Date.today() - timedelta(days=200)
        self.assertNotIn(request, late)
        self.assertIn(
            request, self.env["crm.privacy.request"].search([("is_late", "=", True)])
        )

    def test_nothing_is_told_before_the_identity_is_checked(self):
        request = self.ask()
        with self.assertRaisesRegex(UserError, "Check the identity"):
            request.action_fulfil()
        with self.assertRaisesRegex(UserError, "how the identity"):
            request.action_check()
        for vals in ({"state": "checked"}, {"result_ids": [Command.clear()]}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)
        request.identity_check = "known"
        request.action_check()
        request.partner_id = self.bela
        self.assertEqual(request.state, "new", "another person was not checked")
        self.assertFalse(request.identity_check)
        forged = self.ask(state="checked")
        self.assertEqual(forged.state, "new")

    def test_the_person_gets_everything_in_words_and_for_programs(self):
        score = self.env["crm.score"].create(
            {"name": "Churn", "code": "t_churn", "description": "How soon you leave"}
        )
        score._store([(self.anna.id, 0.7, {"visits": 3})], fields.Date.today())
        self.env["crm.interaction"].create(
            {"partner_id": self.anna.id, "subject": "Asked for a cello"}
        )
        self.sell(self.anna)
        self.say(self.anna, "given", proof="At the counter")
        source = self.env["crm.source"].create({"name": "Till", "code": "T-SAR"})
        self.env["crm.source.record"].create(
            {
                "source_id": source.id,
                "key": "K-77",
                "partner_id": self.anna.id,
                "payload": {"name": "Anna at the till"},
            }
        )
        self.anna.message_post(body=LIKES)
        request = self.ask()
        self.fulfil(request)
        self.assertEqual(request.state, "done")
        data, page = self.read_result(request)
        self.assertEqual(data["card"]["version"], "1.0")
        self.assertEqual(data["card"]["name"]["full"], "Quivira Person 0")
        self.assertEqual(
            data["card"]["emails"]["e1"]["address"], "quivira0@example.com"
        )
        text = page.decode()
        for told in (
            "Quivira Street 0",
            "Churn",
            "How soon you leave",
            "Asked for a cello",
            "At the counter",
            "K-77",
            "Anna at the till",
            "Likes",
            "Your rights",
        ):
            with self.subTest(told=told):
                self.assertIn(told, text)
                if told != "Your rights":
                    self.assertIn(told, json.dumps(data, ensure_ascii=False))
        self.assertNotIn("Quivira Street 1", text)

    def test_script_in_a_name_is_shown_and_never_run(self):
        self.anna.name = "<script>alert(1)</script>"
        request = self.ask()
        self.fulfil(request)
        _data, page = self.read_result(request)
        self.assertNotIn(b"<script>alert", page)
        self.assertIn(b"&lt;script&gt;", page)

    def test_who_received_the_data_is_told(self):
        client = self.env["crm.exchange.client"].create(
            {
                "name": "Harmonia ERP",
                "code": "t-sar",
                "scope_ids": [
                    Command.create({"entity": "customer", "field_mode": "all"})
                ],
            }
        )
        exchange = self.env["crm.exchange"].with_user(client.user_id)
        exchange.get(entity="customer", keys=[{"id": self.anna.id}])
        data = (
            self.env["crm.subject.report"].with_user(self.officer)._collect(self.anna)
        )
        self.assertEqual([r["name"] for r in data["recipients"]], ["Harmonia ERP"])
        self.assertIn("email", data["recipients"][0]["fields"])

    def test_data_to_take_along_hold_no_opinions_of_ours(self):
        score = self.env["crm.score"].create({"name": "Churn", "code": "t_churn2"})
        score._store([(self.anna.id, 0.7, {})], fields.Date.today())
        self.anna.comment = "<p>Haggles</p>"
        self.sell(self.anna)
        request = self.ask("portability")
        self.fulfil(request)
        data, page = self.read_result(request)
        self.assertFalse(page)
        text = json.dumps(data)
        self.assertNotIn("Churn", text)
        self.assertNotIn("Haggles", text)
        self.assertIn("crm.purchase", [s["model"] for s in data["sections"]])

    def test_a_restriction_stops_news_until_it_is_lifted(self):
        self.say(self.anna, "given")
        request = self.ask("restriction")
        self.fulfil(request)
        self.assertFalse(self.allowed(people=self.anna))
        self.assertEqual(self.allowed(self.service, people=self.anna), self.anna)
        request.action_lift()
        self.assertEqual(self.allowed(people=self.anna), self.anna)

    def test_an_objection_is_noted_for_every_purpose(self):
        self.sell(self.anna)
        self.say(self.anna, "given")
        self.assertEqual(self.allowed(self.offers, people=self.anna), self.anna)
        self.fulfil(self.ask("objection"))
        self.assertFalse(self.allowed(self.offers, people=self.anna))
        self.assertFalse(self.allowed(people=self.anna))

    def test_an_erasure_is_previewed_then_closes_the_request(self):
        request = self.ask("erasure")
        action = self.fulfil(request)
        erasure = self.env["crm.erasure"].browse(action["res_id"])
        self.assertTrue(erasure.line_ids)
        self.assertEqual(request.state, "checked")
        erasure._run()
        self.assertEqual(erasure.state, "done", erasure.error)
        request.action_fulfil()
        self.assertEqual(request.state, "done")
        with self.assertRaises(UserError):
            request.unlink()

    def test_a_refusal_needs_a_reason(self):
        request = self.ask()
        with self.assertRaisesRegex(UserError, "why the request is refused"):
            request.action_refuse()
        request.answer = "Not the person"
        request.action_refuse()
        self.assertEqual(request.state, "refused")

    def test_odoos_privacy_lookup_and_requests_lead_to_each_other(self):
        request = self.ask()
        action = request.action_lookup()
        self.assertEqual(action["context"]["default_email"], self.anna.email)
        lookup = self.env["privacy.lookup.wizard"].create(
            {"name": self.anna.name, "email": self.anna.email}
        )
        with self.assertRaises(UserError):
            lookup.action_open_request()
        lookup.action_lookup()
        context = lookup.action_open_request()["context"]
        self.assertEqual(context["default_partner_id"], self.anna.id)

    def test_roles_and_companies(self):
        self.ask()
        requests = self.env["crm.privacy.request"]
        with self.assertRaises(AccessError):
            requests.with_user(self.assistant).search([])
        self.assertTrue(self.say(self.anna, "given").with_user(self.assistant).answer)
        abroad = self.env["res.company"].create({"name": "Abroad"})
        other = new_test_user(
            self.env,
            "t_abroad2",
            groups=OFFICER,
            company_id=abroad.id,
            company_ids=[Command.set(abroad.ids)],
        )
        self.assertFalse(requests.with_user(other).search([]))
        self.news.company_id = self.env.company
        row = self.say(self.bela, "given")
        self.assertFalse(row.with_user(other).has_access("read"))
        self.anna.company_id = self.env.company
        with self.assertRaises(AccessError):
            self.env["crm.subject.report"].with_user(other)._collect(self.anna)
