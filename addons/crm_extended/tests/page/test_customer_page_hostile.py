from unittest.mock import patch

from odoo.tests import tagged

from ...referrals.limit import Limit
from .page_common import LIMIT, PASSWORD, CustomerPageCase

PAGES = ("", "/prices", "/consents", "/data")
EVIL = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
class TestCustomerPageHostile(CustomerPageCase):
    def setUp(self):
        super().setUp()
        self.authenticate("petra_page", PASSWORD)

    def test_ids_of_others_do_not_exist(self):
        dates = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
        for id_ in (self.foreign.id, 0, 2**31, 2**70, 999_999_999):
            for answer in ("yes", "no"):
                self.post(f"/offer/{id_}", 404, answer=answer)
        for id_ in (self.foreign_card.id, 0, 2**31):
            self.post(f"/statement/{id_}", 404, **dates)
        self.post("/offer/-1", 404, answer="yes")
        self.assertEqual(self.foreign.state, "proposed")

    def test_a_colleagues_card_is_not_shown(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        (self.petra | self.olga).parent_id = firm
        dates = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
        self.post(f"/statement/{self.foreign_card.id}", 404, **dates)

    def test_an_offer_that_is_not_shared_or_over_does_not_exist(self):
        self.offer.shared = False
        self.post(f"/offer/{self.offer.id}", 404, answer="yes")
        self.offer.write({"shared": True, "valid_until": "2020-01-01"})
        self.post(f"/offer/{self.offer.id}", 404, answer="yes")
        self.assertFalse(self.offer.order_id)

    def test_without_signing_in_there_is_the_door(self):
        self.authenticate(None, None)
        for page in PAGES:
            answer = self.url_open(f"/my/customer{page}", allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_a_form_without_its_token_does_nothing(self):
        for path in (f"/offer/{self.offer.id}", "/consents", "/data", "/link"):
            for token in ({}, {"csrf_token": "forged"}):
                self.open(path, 400, data={"answer": "yes", "city": "X", **token})
        self.assertEqual(self.offer.state, "proposed")
        self.assertFalse(self.get_answers() or self.get_corrections())

    def test_reading_changes_nothing(self):
        self.open(f"/offer/{self.offer.id}?answer=yes", 405)
        self.open("/link", 405)
        query = f"purpose={self.purpose.id}&channel={self.channel.id}&answer=yes"
        self.open(f"/consents?{query}&wording={self.purpose.wording_id.id}")
        self.open("/data?city=X")
        self.assertEqual(self.offer.state, "proposed")
        self.assertFalse(self.get_answers() or self.get_corrections())

    def test_markup_is_shown_and_not_run(self):
        self.petra.street = EVIL
        self.bow.name = self.program.name = self.purpose.name = EVIL
        self.offer.note = EVIL
        for page in PAGES:
            self.assertNotIn(EVIL, self.open(page), page)
        self.assertNotIn(EVIL, self.open(f"/prices?search={EVIL}"))
        self.assertNotIn(EVIL, self.post("/data", city=EVIL, name=EVIL))
        self.post(f"/offer/{self.offer.id}", answer="no", reason=EVIL)
        bodies = "".join(self.offer.message_ids.mapped(lambda m: m.body or ""))
        self.assertNotIn("<script", bodies)

    def test_only_the_forms_fields_are_taken(self):
        self.post(
            "/data",
            city="Praha",
            user_id="2",
            parent_id=self.olga.id,
            partner_id=self.olga.id,
            key="portal,1",
            is_company="1",
            vat="X",
        )
        [record] = self.get_corrections()
        self.assertEqual(record.partner_id, self.petra)
        self.assertNotIn("vat", record.accepted)
        self.assertFalse({"user_id", "parent_id", "is_company"} & set(record.accepted))

    def test_hostile_texts_are_answered_in_words(self):
        for text in ("x" * 100_000, "a\0b", "\u202egnp", "%_\\", "'; DROP TABLE x"):
            with self.subTest(text=text[:20]):
                page = self.post("/data", city=text, country=text)
                self.assertNotIn("Traceback", page)
                refused = self.post("/consents", choice=text)
                self.assertIn("has changed meanwhile", refused)
        self.assertLessEqual(len(self.get_corrections().accepted["city"]), 128)
        self.open("/prices?search=" + "x" * 5000)
        self.open("/prices?search=%00%25_%5C")
        self.assertIn("no e-mail address", self.post("/data", email="nobody"))

    def test_an_answer_to_another_text_or_channel_is_not_noted(self):
        other = self.env["crm.consent.channel"].search(
            [("id", "not in", self.channel.ids)], limit=1
        )
        for changes in (
            {"wording": 0},
            {"wording": self.purpose.wording_id.id + 1},
            {"channel": other.id},
            {"channel": "-1"},
            {"purpose": 2**63},
            {"purpose": "١"},
            {"answer": "maybe"},
        ):
            with self.subTest(changes):
                text = self.answer(**{"answer": "yes", **changes})
                self.assertIn("has changed meanwhile", text)
        self.assertFalse(self.get_answers())

    def test_too_many_changes_have_to_wait(self):
        with patch(LIMIT, Limit(most=2, seconds=600)):
            texts = [self.answer(a) for a in ("yes", "no", "yes", "no")]
        self.assertIn("Too many changes", texts[-1])
        self.assertEqual(len(self.get_answers()), 2)

    def test_a_statement_needs_a_period(self):
        for first, last in (
            ("", ""),
            ("x", "y"),
            ("2026-02-30", "2026-03-01"),
            ("2026-02-02", "2026-01-01"),
            ("0000-00-00", "9999-12-31"),
        ):
            text = self.post(
                f"/statement/{self.card.id}", date_from=first, date_to=last
            )
            self.assertIn("Choose a first day", text)

    def test_the_page_is_neither_stored_nor_framed(self):
        headers = self.url_open("/my/customer").headers
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Frame-Options"], "DENY")

    def test_a_portal_user_cannot_read_the_models_themselves(self):
        env = self.env(user=self.petra_user)
        for model in ("crm.offer", "crm.consent", "crm.source.record"):
            self.assertFalse(env[model].has_access("read"), model)
