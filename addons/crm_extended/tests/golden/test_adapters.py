"""What mails, forms, chats and surveys say is kept, and changes nothing by itself."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .golden_common import GoldenCase

SIGNED = (
    "<p>Hello,<br/>please send it.</p><p>-- <br/>Jana Nováková<br/>Buyer<br/>"
    "Harfa s.r.o.<br/>+420 777 123 456</p>"
)


@tagged("post_install", "-at_install")
class TestAdapters(GoldenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jana = cls.make_partner(
            "Jana Nováková", email="jana@harfa.example", phone="111"
        )
        cls.lead = cls.env["crm.lead"].create({"name": "Old"})

    def get_source(self, kind):
        return self.env["crm.source"]._get_by_kind(kind)

    def get_record(self, kind):
        domain = [("source_id", "=", self.get_source(kind).id)]
        return self.env["crm.source.record"].search(domain + self.mine)

    @property
    def mine(self):
        return [("partner_id", "=", self.jana.id)]

    def post(self, body=SIGNED, author=None):
        return self.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead.id,
                "message_type": "email",
                "author_id": (author or self.jana).id,
                "email_from": "jana@harfa.example",
                "body": body,
            }
        )

    # ------------------------------------------------------------------ mail

    def test_a_signature_is_proposed_and_overwrites_nothing(self):
        self.post()
        record = self.get_record("mail")
        self.assertEqual(record.accepted["phone"], "+420 777 123 456")
        self.assertEqual(record.proposal, "open")
        self.assertIn("+420 777 123 456 (now 111)", record.news)
        self.assertEqual(self.jana.phone, "111")
        self.post()
        self.assertEqual(len(self.get_record("mail")), 1, "the same again is no news")

    def test_a_person_takes_or_declines_a_proposal(self):
        self.post()
        record = self.get_record("mail").with_user(self.steward)
        record.action_decline()
        self.assertEqual((record.proposal, self.jana.phone), ("declined", "111"))
        record.action_reopen()
        record.action_take()
        self.assertEqual(record.proposal, "taken")
        self.assertRecordValues(
            self.jana, [{"phone": "+420 777 123 456", "function": "Buyer"}]
        )
        self.assertTrue(self.get_row(self.jana, "phone").pinned)

    def test_a_declined_signature_is_not_proposed_again_by_the_next_mail(self):
        self.post()
        record = self.get_record("mail").with_user(self.steward)
        record.action_decline()
        self.post()
        self.assertEqual(record.proposal, "declined")

    def test_a_colleague_and_a_mail_without_signature_propose_nothing(self):
        records = self.env["crm.source.record"]
        count = records.search_count([])
        self.post(author=self.env.user.partner_id)
        self.post(body="<p>Call me at +420 777 123 456</p>")
        self.post(body="<p>" + "&lt;" * 300_000)
        self.env["mail.message"].create(
            {"message_type": "comment", "author_id": self.jana.id, "body": SIGNED}
        )
        self.assertEqual(records.search_count([]), count)

    def test_without_an_active_source_nothing_is_kept(self):
        self.get_source("mail").active = False
        self.post()
        self.assertFalse(self.get_record("mail"))

    # ------------------------------------------------------------------ web

    def make_lead(self, **vals):
        medium = self.env.ref("utm.utm_medium_website")
        return self.env["crm.lead"].create(
            {
                "name": "Contact form",
                "medium_id": medium.id,
                "contact_name": "Jana Nováková",
                "email_from": "Jana@harfa.example",
                "phone": "222",
                "company_id": False,
                **vals,
            }
        )

    def test_a_web_form_points_to_the_only_customer_with_its_address(self):
        self.make_lead()
        record = self.get_record("web")
        self.assertEqual(record.accepted["phone"], "222")
        self.assertEqual(record.payload["contact_name"], "Jana Nováková")
        self.assertEqual((record.proposal, self.jana.phone), ("open", "111"))

    def test_a_form_of_a_stranger_gets_its_customer_later(self):
        lead = self.make_lead(email_from="new@x.cz", contact_name="New")
        key = f"crm.lead,{lead.id}"
        record = self.env["crm.source.record"].search([("key", "=", key)])
        self.assertFalse(record.partner_id)
        lead.partner_id = self.jana
        self.assertEqual(record.partner_id, self.jana)
        self.assertEqual(record.proposal, "open")

    def test_a_source_that_is_fed_by_files_takes_no_forms(self):
        shop = self.make_source("Shop", 60, kind="web")
        self.assertEqual(self.env["crm.source"]._get_by_kind("web", self.company), shop)
        self.make_list(shop)
        source = self.env["crm.source"]._get_by_kind("web", self.company)
        self.assertNotEqual(source, shop)

    def test_a_lead_of_a_salesperson_is_no_web_form(self):
        self.make_lead(medium_id=False)
        self.assertFalse(self.get_record("web"))

    def test_a_form_that_may_speak_is_decided_by_the_rules(self):
        source = self.get_source("web")
        source.write({"proposes": False, "trust": 65})
        self.say(self.krakow, self.jana, phone="111")
        self.make_lead()
        self.assertEqual(self.jana.phone, "222", "65 before 40")
        self.assertEqual(self.get_row(self.jana, "phone").source_id, source)

    # ------------------------------------------------------------------ others

    def test_a_survey_says_who_answered(self):
        survey = self.env["survey.survey"].create({"title": "Taste"})
        self.env["survey.user_input"].create(
            {
                "survey_id": survey.id,
                "state": "done",
                "end_datetime": fields.Datetime.now(),
                "email": "jana@harfa.example",
                "nickname": "Janička",
            }
        )
        for _twice in range(2):
            self.env["crm.source"]._cron_collect()
        record = self.get_record("survey")
        self.assertEqual(len(record), 1)
        self.assertEqual(record.accepted["name"], "Janička")
        self.assertEqual(record.payload["survey"], "Taste")
        self.assertEqual(self.jana.name, "Jana Nováková")

    def test_a_visitor_of_the_chat_is_kept_when_the_chat_is_installed(self):
        if "livechat_end_dt" not in self.env["discuss.channel"]._fields:
            self.env["crm.source"]._cron_collect()
            return
        guest = self.env["mail.guest"].create(
            {"name": "Jana N.", "email": "jana@harfa.example"}
        )
        now = fields.Datetime.now()
        channel = self.env["discuss.channel"].create(
            {
                "name": "Chat",
                "channel_type": "livechat",
                "livechat_operator_id": self.env.user.partner_id.id,
                "livechat_end_dt": now,
                "channel_member_ids": [
                    (0, 0, {"guest_id": guest.id, "livechat_member_type": "visitor"})
                ],
            }
        )
        self.env["crm.source"]._cron_collect()
        record = self.get_record("chat")
        self.assertEqual(record.key, f"discuss.channel,{channel.id}")
        self.assertEqual(record.accepted["name"], "Jana N.")

    def test_an_overdue_source_reminds_its_owner_once(self):
        self.till.write({"refresh_days": 7, "user_id": self.steward.id})
        stale = self.env["crm.source"].search([("is_stale", "=", True)])
        self.assertNotIn(self.till, stale)
        self.till.last_received_at = fields.Datetime.now() - timedelta(days=8)
        stale = self.env["crm.source"].search([("is_stale", "=", True)])
        self.assertIn(self.till, stale)
        self.assertTrue(self.till.is_stale)
        for _twice in range(2):
            self.env["crm.source"]._cron_remind()
        self.assertEqual(self.till.activity_ids.user_id, self.steward)
        self.assertEqual(len(self.till.activity_ids), 1)
        self.load_list(self.make_list(self.till), "7,Jana,,1,,,,")
        self.assertFalse(self.till.is_stale)

    # ------------------------------------------------------------------ rights

    def test_only_who_may_change_the_customer_decides_about_proposals(self):
        self.post()
        record = self.get_record("mail")
        user = new_test_user(
            self.env, "gol_user", groups="crm_extended.group_customer_user"
        )
        for step in ("action_take", "action_decline", "action_reopen"):
            with self.subTest(step), self.assertRaises(AccessError):
                getattr(record.with_user(user), step)()
        with self.assertRaises(AccessError):
            record.with_user(self.steward).proposal = "taken"
        plain = self.say(self.till, self.jana, phone="9")
        with self.assertRaises(UserError):
            plain.with_user(self.steward).action_decline()
