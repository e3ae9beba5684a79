from datetime import datetime, timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .privacy_common import PrivacyCase


@tagged("post_install", "-at_install")
class TestConsent(PrivacyCase):
    def test_only_who_agreed_may_be_addressed(self):
        self.assertFalse(self.allowed())
        self.say(self.anna, "given", channel=self.mail)
        self.say(self.bela, "given")
        self.say(self.cyril, "asked", channel=self.mail)
        self.assertEqual(self.allowed(), self.anna | self.bela)
        self.assertEqual(self.allowed(channel="call"), self.bela, "all channels")

    def test_the_newest_answer_holds_whenever_it_was_recorded(self):
        self.say(self.anna, "given", when="2026-03-01 10:00:00")
        self.say(self.anna, "withdrawn", channel=self.mail, when="2026-04-01 10:00:00")
        self.say(self.anna, "given", when="2026-02-01 10:00:00")
        self.assertFalse(self.allowed())
        self.assertEqual(self.allowed(channel="sms"), self.anna)

    def test_last_years_mailing_is_judged_by_last_years_answer(self):
        self.say(self.anna, "given", when="2025-03-01 10:00:00")
        self.say(self.anna, "withdrawn", when="2026-03-01 10:00:00")
        self.assertFalse(self.allowed())
        self.assertEqual(self.allowed(as_of=datetime(2025, 6, 1)), self.anna)
        self.assertFalse(self.allowed(as_of=datetime(2025, 1, 1)))

    def test_customers_are_told_of_similar_goods_until_they_object(self):
        self.sell(self.anna)
        self.sell(self.bela)
        self.say(self.bela, "objected", purpose=self.offers, channel=self.mail)
        self.assertEqual(self.allowed(self.offers), self.anna)
        self.say(self.cyril, "given", purpose=self.offers)
        self.assertEqual(self.allowed(self.offers), self.anna | self.cyril)

    def test_a_contract_needs_no_consent(self):
        self.say(self.anna, "objected", purpose=self.service)
        self.assertEqual(self.allowed(self.service), self.people)

    def test_a_channel_that_the_purpose_does_not_use_is_closed(self):
        self.say(self.anna, "given")
        self.assertFalse(self.allowed(channel="post"))
        self.assertFalse(self.allowed(channel="'; DROP TABLE crm_consent"))

    def test_double_opt_in_counts_when_confirmed(self):
        self.news.double_opt_in = True
        row = self.say(self.anna, "given")
        self.assertFalse(self.allowed())
        row.with_user(self.assistant).action_confirm()
        self.assertEqual(self.allowed(), self.anna)
        with self.assertRaises(UserError):
            self.Consent.search([("confirmed", "=", True)], limit=1).action_confirm()

    def test_a_refusal_by_an_address_holds_for_all_who_have_it(self):
        self.say(self.anna, "given", when="2026-01-01 10:00:00")
        self.say(None, "withdrawn", channel=self.mail, email="QUIVIRA0@example.com")
        self.assertFalse(self.allowed())
        twin = self.anna.copy({"email": "quivira1@example.com"})
        self.say(self.bela, "withdrawn", channel=self.mail)
        self.say(twin, "given", when="2020-01-01 10:00:00")
        self.assertNotIn(twin, self.allowed(people=twin), "Bela's address refused")
        self.say(twin, "given")
        self.assertEqual(self.allowed(people=twin), twin, "said so later herself")
        self.assertFalse(self.allowed(people=self.bela), "and not for Bela")

    def test_merged_records_keep_the_stricter_answer_until_asked_again(self):
        if "merged_into_id" not in self.env["res.partner"]._fields:
            self.fail("merging is not installed")
        self.say(self.anna, "withdrawn", when="2026-01-01 10:00:00")
        self.say(self.bela, "given", when="2026-02-01 10:00:00")
        merge = self.env["crm.merge"]._merge([(self.bela.id, self.anna.ids)])
        self.assertFalse(self.allowed(people=self.bela), "the stricter one holds")
        self.say(self.bela, "given")
        self.assertEqual(self.allowed(people=self.bela), self.bela, "asked again")
        merge.action_undo()
        self.env.invalidate_all()
        self.assertTrue(self.anna.active)
        both = self.anna | self.bela
        self.assertEqual(self.allowed(people=both), both, "she answered as one")

    def test_undoing_a_merge_gives_each_its_own_answer_back(self):
        self.say(self.anna, "withdrawn", when="2026-01-01 10:00:00")
        self.say(self.bela, "given", when="2026-02-01 10:00:00")
        merge = self.env["crm.merge"]._merge([(self.bela.id, self.anna.ids)])
        merge.action_undo()
        self.env.invalidate_all()
        self.assertEqual(self.allowed(people=self.anna | self.bela), self.bela)

    def test_nobody_changes_or_deletes_an_answer(self):
        row = self.say(self.anna, "given")
        for user in (self.officer, self.assistant, self.env.user):
            mine = row.with_user(user)
            with self.assertRaises(UserError):
                mine.write({"answer": "withdrawn"})
            with self.assertRaises(UserError):
                mine.unlink()
        for statement in (
            "UPDATE crm_consent SET answer = 'withdrawn' WHERE id = %s",
            "UPDATE crm_consent SET date = now() - interval '1 day' WHERE id = %s",
            "DELETE FROM crm_consent WHERE id = %s",
            "TRUNCATE crm_consent CASCADE; SELECT %s",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [row.id])

    def test_deleting_a_contact_leaves_the_answer(self):
        row = self.say(self.dana, "withdrawn")
        self.dana.unlink()
        row.invalidate_recordset()
        self.assertFalse(row.partner_id)
        self.assertEqual((row.answer, row.email), ("withdrawn", "quivira3@example.com"))

    def test_a_text_that_was_answered_stays_as_it_is(self):
        wording = self.news.wording_ids
        wording.text = "Yes, gladly"
        self.assertEqual(self.say(self.anna, "given").wording_id, wording)
        with self.assertRaisesRegex(UserError, "Add a new version"):
            wording.text = "Sell my data"
        with self.assertRaisesRegex(UserError, "Add a new version"):
            wording.unlink()
        self.news.wording_ids.create(
            {"purpose_id": self.news.id, "version": "2", "text": "Yes again"}
        )
        self.news.invalidate_recordset()
        self.assertEqual(self.news.wording_id.version, "2")

    def test_hostile_answers_are_refused(self):
        rows = self.Consent.with_user(self.assistant)
        fine = {
            "partner_id": self.anna.id,
            "purpose_id": self.news.id,
            "answer": "given",
        }
        later = fields.Datetime.now() + timedelta(days=2)
        for wrong in (
            {"partner_id": False},
            {"partner_id": "1 OR 1=1"},
            {"purpose_id": False},
            {"purpose_id": [self.news.id]},
            {"date": later},
            {"wording_id": self.offers.wording_ids.id},
            {"user_id": self.officer.id},
            {"origin": "system"},
            {"subject_id": self.bela.id},
            {"ip": "10.0.0.1"},
        ):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                rows.create({**fine, **wrong})
        forged = rows.with_context(default_origin="person", default_ip="1.1.1.1")
        row = forged.create(fine)
        self.assertEqual((row.origin, row.ip), ("staff", False))
        self.assertEqual(row.user_id, self.assistant)
        with self.assertRaises(ValidationError):
            self.news.unknown = "yes"

    def test_a_hundred_thousand_are_judged_by_as_many_queries_as_one(self):
        self.say(self.anna, "given")
        self.allowed()
        self.env.flush_all()
        # two for consents, two for the channels and caps of Harmonia's policies
        for people in (self.anna, self.people, self.env["res.partner"].search([])):
            with self.subTest(people=len(people)), self.assertQueryCount(4):
                self.allowed(people=people)

    def test_the_form_shows_a_small_matrix_in_few_queries(self):
        self.say(self.anna, "given", channel=self.mail)
        anna = self.anna.with_user(self.assistant)
        matrix = anna.consent_matrix
        [row] = [row for row in matrix["rows"] if row["id"] == self.news.id]
        cells = {cell["channel"]: cell for cell in row["cells"]}
        self.assertTrue(cells[self.mail.id]["right"])
        self.assertEqual(cells[self.sms.id]["why"], "Did not agree")
        self.env.invalidate_all()
        self.env.user.has_group("base.group_user")
        with self.assertQueryCount(25):
            self.assertTrue(self.bela.with_user(self.assistant).consent_matrix)
