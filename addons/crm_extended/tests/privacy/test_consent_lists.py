import re

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .privacy_common import PrivacyCase


@tagged("post_install", "-at_install")
class TestConsentLists(PrivacyCase):
    def send(self, model, records, **vals):
        """A mailing that was sent; its traces by record."""
        mailing = self.env["mailing.mailing"].create(
            {
                "name": "Spring",
                "subject": "Spring",
                "body_html": "<p>Spring</p>",
                "mailing_model_id": self.env["ir.model"]._get_id(model),
                "mailing_domain": f"[('id', 'in', {records.ids})]",
                "purpose_id": self.news.id,
                **vals,
            }
        )
        mailing.action_send_mail()
        traces = self.env["mailing.trace"].search(
            [("mass_mailing_id", "=", mailing.id)]
        )
        return mailing, {trace.res_id: trace for trace in traces}

    def test_a_mailing_leaves_out_who_did_not_agree_and_says_why(self):
        self.say(self.anna, "given", channel=self.mail)
        self.say(self.bela, "given", when="2026-01-01 10:00:00")
        self.say(self.bela, "withdrawn", when="2026-02-01 10:00:00")
        mailing, traces = self.send("res.partner", self.people)
        self.assertFalse(traces[self.anna.id].failure_type)
        self.assertEqual(traces[self.bela.id].trace_status, "cancel")
        self.assertEqual(traces[self.bela.id].failure_type, "mail_consent")
        self.assertEqual(traces[self.bela.id].failure_reason, "Withdrew the consent")
        self.assertEqual(traces[self.dana.id].failure_reason, "Did not agree")
        self.assertEqual(mailing.left_out_count, 3)
        mails = self.env["mail.mail"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual(mails.mapped("res_id"), self.anna.ids)

    def test_a_mailing_without_a_purpose_is_news_to_be_agreed_to(self):
        _mailing, traces = self.send("res.partner", self.anna, purpose_id=False)
        self.assertEqual(traces[self.anna.id].failure_type, "mail_consent")

    def test_leads_and_list_contacts_are_judged_as_the_people_behind_them(self):
        self.say(self.anna, "given", channel=self.mail)
        leads = self.env["crm.lead"].create(
            [
                {"name": "Piano", "partner_id": self.anna.id},
                {"name": "Violin", "partner_id": self.bela.id},
                {"name": "Drum", "email_from": "stranger@example.com"},
            ]
        )
        _mailing, traces = self.send("crm.lead", leads)
        self.assertEqual(
            [traces[lead.id].failure_type for lead in leads],
            [False, "mail_consent", "mail_consent"],
        )
        mailing_list = self.env["mailing.list"].create({"name": "Jazz"})
        contacts = self.env["mailing.contact"].create(
            [
                {"email": email, "list_ids": [Command.link(mailing_list.id)]}
                for email in ("quivira0@example.com", "stranger@example.com")
            ]
        )
        _mailing, traces = self.send(
            "mailing.list", contacts, contact_list_ids=mailing_list.ids
        )
        self.assertEqual(
            [traces[contact.id].failure_type for contact in contacts],
            [False, "mail_consent"],
        )

    def test_before_sending_one_learns_who_may_be_addressed(self):
        self.say(self.anna, "given")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": f"[('id', 'in', {self.people.ids})]",
                "purpose_id": self.news.id,
            }
        )
        message = mailing.action_check_consents()["params"]["message"]
        self.assertIn("1 of 4 recipients", message)
        self.assertIn("Did not agree: 3", message)

    def test_sms_in_bulk_leaves_out_who_did_not_agree(self):
        self.say(self.anna, "given", channel=self.sms)
        composer = self.env["sms.composer"].create(
            {
                "res_model": "res.partner",
                "res_ids": repr(self.people[:2].ids),
                "composition_mode": "mass",
                "body": "Spring",
                "purpose_id": self.news.id,
            }
        )
        sms = composer._action_send_sms()
        states = {row.partner_id: (row.state, row.failure_type) for row in sms}
        self.assertEqual(states[self.anna], ("outgoing", False))
        self.assertEqual(states[self.bela], ("canceled", "sms_optout"))

    def compose(self, people, mode="mass_mail", **vals):
        return self.env["mail.compose.message"].create(
            {
                "model": people._name,
                "res_ids": repr(people.ids),
                "composition_mode": mode,
                "subject": "Spring",
                "body": "<p>Spring</p>",
                **vals,
            }
        )

    def test_a_mail_to_a_selection_leaves_out_who_did_not_agree(self):
        self.say(self.anna, "given")
        two = self.people[:2]
        composer = self.compose(two, purpose_id=self.news.id, auto_delete=False)
        self.assertIn("1 of 2 are left out", composer.consent_warning)
        mails, _messages = composer._action_send_mail()
        stopped = {mail.res_id: mail for mail in mails if mail.state == "cancel"}
        self.assertEqual(set(stopped), {self.bela.id})
        self.assertEqual(stopped[self.bela.id].failure_reason, "Did not agree")

    def test_a_mail_to_a_selection_is_service_unless_said_otherwise(self):
        composer = self.compose(self.people[:2])
        service = self.env.ref("crm_extended.consent_purpose_service")
        self.assertEqual(composer.purpose_id, service)
        self.assertFalse(composer.consent_warning)
        mails, _messages = composer._action_send_mail()
        self.assertNotIn("cancel", mails.mapped("state"))

    def test_a_talk_with_one_customer_has_no_purpose_to_choose(self):
        composer = self.compose(self.bela, mode="comment")
        self.assertFalse(composer.purpose_id)
        composer._action_send_mail()

    def test_a_mailing_made_of_a_mail_has_its_purpose(self):
        self.say(self.anna, "given")
        composer = self.compose(
            self.people[:2], purpose_id=self.news.id, mass_mailing_name="Spring"
        )
        composer._action_send_mail()
        mailing = composer.mass_mailing_id
        self.assertEqual(mailing.purpose_id, self.news)
        self.assertEqual(mailing.left_out_count, 1)

    def test_blocking_an_address_withdraws_what_needs_consent(self):
        self.say(self.anna, "given", when="2026-01-01 10:00:00")
        self.env["mail.blacklist"]._add("quivira0@example.com")
        rows = self.Consent.search([("email", "=", "quivira0@example.com")])
        said = {(row.purpose_id, row.answer) for row in rows if not row.partner_id}
        self.assertIn((self.news, "withdrawn"), said)
        self.assertIn((self.offers, "objected"), said)
        self.assertNotIn(self.service, {purpose for purpose, _answer in said})
        self.assertFalse(self.allowed(people=self.anna))
        self.assertEqual(self.allowed(channel="sms", people=self.anna), self.anna)
        self.env["mail.blacklist"]._remove("quivira0@example.com")
        self.assertFalse(self.allowed(people=self.anna), "nobody agreed again")
        count = self.Consent.search_count([])
        self.env["mail.blacklist"]._add("quivira0@example.com")
        self.assertEqual(self.Consent.search_count([]), count, "refused already")

    def test_blocking_a_number_withdraws_calls_and_sms(self):
        self.say(self.anna, "given", when="2026-01-01 10:00:00")
        self.env["phone.blacklist"].create({"number": "+420601112200"})
        for channel, right in (("sms", False), ("call", False), ("mail", True)):
            found = self.allowed(channel=channel, people=self.anna)
            self.assertEqual(bool(found), right, channel)

    def test_unsubscribing_withdraws_the_purpose_of_the_list_only(self):
        self.say(self.anna, "given", when="2026-01-01 10:00:00")
        self.say(self.anna, "given", self.offers, when="2026-01-01 10:00:00")
        jazz = self.env["mailing.list"].create(
            {"name": "Jazz", "purpose_id": self.news.id}
        )
        contact = self.env["mailing.contact"].create(
            {"email": "quivira0@example.com", "list_ids": [Command.link(jazz.id)]}
        )
        contact.subscription_ids.opt_out = True
        self.assertFalse(self.allowed(people=self.anna))
        self.assertEqual(self.allowed(self.offers, people=self.anna), self.anna)

    def test_a_withdrawal_leaves_the_lists_and_a_consent_returns_to_them(self):
        jazz = self.env["mailing.list"].create(
            {"name": "Jazz", "purpose_id": self.news.id}
        )
        contact = self.env["mailing.contact"].create(
            {"email": "quivira0@example.com", "list_ids": [Command.link(jazz.id)]}
        )
        self.say(self.anna, "withdrawn")
        self.assertTrue(contact.subscription_ids.opt_out)
        self.say(self.anna, "given")
        self.assertFalse(contact.subscription_ids.opt_out)
        self.assertEqual(
            self.Consent.search_count([("purpose_id", "=", self.news.id)]), 2
        )

    def test_a_purpose_can_block_the_address_for_everything(self):
        self.news.blocks_address = True
        self.say(self.anna, "withdrawn")
        blocked = self.env["mail.blacklist"].search([])
        self.assertIn("quivira0@example.com", blocked.mapped("email"))
        numbers = self.env["phone.blacklist"].search([]).mapped("number")
        self.assertIn("+420601112200", numbers)

    def test_an_address_that_fails_has_refused_nothing(self):
        before = self.Consent.search_count([])
        bounced = self.env["mail.blacklist"].with_context(consent_bounced=True)
        bounced._add("quivira0@example.com")
        self.assertEqual(self.Consent.search_count([]), before)
        self.say(self.anna, "given")
        self.assertFalse(self.allowed(people=self.anna), "but is not written to")

    def test_consents_of_an_old_list_are_noted_once(self):
        jazz = self.env["mailing.list"].create(
            {"name": "Jazz", "purpose_id": self.news.id}
        )
        self.env["mailing.contact"].create(
            [
                {"email": email, "list_ids": [Command.link(jazz.id)]}
                for email in ("quivira0@example.com", "quivira1@example.com")
            ]
        )
        self.say(self.bela, "withdrawn", channel=self.mail)
        self.assertEqual(jazz.unasked_count, 1)
        jazz = jazz.with_user(self.officer)
        for expected in ("1 consents", "0 consents"):
            message = jazz.action_note_consents()["params"]["message"]
            self.assertTrue(re.match(expected, message), message)
        self.assertEqual(self.allowed(), self.anna)

    def test_only_the_officer_says_that_a_list_agreed(self):
        jazz = self.env["mailing.list"].create({"name": "Jazz"})
        marketer = new_test_user(
            self.env,
            "t_marketer",
            groups="mass_mailing.group_mass_mailing_user,"
            "crm_extended.group_customer_user",
        )
        with self.assertRaises(AccessError):
            jazz.with_user(marketer).action_note_consents()

    def write_mailing(self, records, **vals):
        return self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "body_html": "<p>Spring</p>",
                "mailing_model_id": self.env["ir.model"]._get_id(records._name),
                "mailing_domain": f"[('id', 'in', {records.ids})]",
                "purpose_id": self.news.id,
                **vals,
            }
        )

    def test_the_form_warns_before_anything_is_sent(self):
        mailing = self.write_mailing(self.people)
        self.assertTrue(mailing.reaches_nobody)
        self.assertIn("none of the 4 recipients", mailing.consent_warning)
        with self.assertRaisesRegex(UserError, "privacy officer"):
            mailing.action_launch()
        self.assertEqual(mailing.state, "draft")
        self.say(self.anna, "given")
        mailing.invalidate_recordset()
        self.assertFalse(mailing.reaches_nobody)
        self.assertIn("3 of 4 recipients are left out", mailing.consent_warning)
        mailing.action_launch()
        self.assertEqual(mailing.state, "in_queue")
        self.assertFalse(self.write_mailing(self.anna).consent_warning)
        service = self.write_mailing(self.people, purpose_id=self.service.id)
        self.assertFalse(service.consent_warning)

    def test_the_officer_notes_the_consents_of_a_mailings_lists_at_once(self):
        self.officer.group_ids += self.env.ref("mass_mailing.group_mass_mailing_user")
        jazz = self.env["mailing.list"].create({"name": "Jazz"})
        contacts = self.env["mailing.contact"].create(
            {"email": "fan@example.com", "list_ids": [Command.link(jazz.id)]}
        )
        jazz.purpose_id = self.news
        mailing = self.write_mailing(
            contacts,
            mailing_model_id=self.env["ir.model"]._get_id("mailing.list"),
            contact_list_ids=jazz.ids,
        ).with_user(self.officer)
        self.assertTrue(mailing.reaches_nobody and mailing.can_note_consents)
        mailing.action_note_consents()
        mailing.invalidate_recordset()
        self.assertFalse(mailing.consent_warning)

    def test_an_sms_of_a_mailing_is_judged_by_the_mailings_purpose(self):
        self.sell(self.anna)
        mailing = self.write_mailing(self.people[:2], purpose_id=self.offers.id)
        composer = self.env["sms.composer"].create(
            {
                "res_model": "res.partner",
                "res_ids": repr(self.people[:2].ids),
                "composition_mode": "mass",
                "body": "Spring",
                "purpose_id": self.news.id,
            }
        )
        people = self.people[:2]
        info = composer._prepare_recipient_values(people)
        self.assertEqual(set(composer._find_unwilling(people, info)), set(people.ids))
        self.patch(type(composer), "_get_mailing", lambda self: mailing)
        unwilling = composer._find_unwilling(people, info)
        self.assertEqual(unwilling, {self.bela.id: "unasked"})

    def test_a_stranger_who_was_forgotten_is_not_written_to(self):
        self.env["crm.suppression"]._add([("email", "stranger@example.com")])
        people = [(1, None, "stranger@example.com", None), (2, None, "b@c.de", None)]
        verdicts = self.Consent._judge_addresses(people, self.offers, "mail")
        self.assertEqual(verdicts, {1: "returned", 2: "unasked"})
