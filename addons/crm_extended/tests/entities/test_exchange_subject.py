from unittest.mock import patch

from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeSubject(ExchangeCase):
    """People are matched, exported and erased within the client's scope."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_client("OTHER-ERP")
        cls.client.scope_ids.can_erase = True
        cls.client.rate = 0  # as often as it likes
        cls.anna = cls.partners.create(
            {
                "name": "Anežka Králíková",
                "email": "anezka.kralikova@example.org",
                "phone": "+420 602 111 222",
                "city": "Praha",
            }
        )
        cls.env.flush_all()
        cls.env["crm.match.key"]._refresh_all()

    def match(self, by=None, **criteria):
        return self.ok("match", by, criteria=criteria)["candidates"]

    # ------------------------------------------------------------------ match

    def test_a_known_customer_is_found_with_what_agrees(self):
        [found] = self.match(name="Anezka Kralikova", email=self.anna.email)
        self.assertEqual(found["id"], self.anna.id)
        self.assertGreater(float(found["score"]), 0.9)
        self.assertEqual(found["agree"], ["name", "email"])

    def test_strangers_and_hidden_customers_look_alike(self):
        stranger = self.match(name="Nobody Here", email="nobody@example.net")
        self.client.scope_ids.domain = "[('city', '=', 'Kraków')]"
        hidden = self.match(name=self.anna.name, email=self.anna.email)
        self.assertEqual(stranger, [])
        self.assertEqual(hidden, [])

    def test_one_thing_known_is_not_enough(self):
        for criteria in (
            {},
            {"email": self.anna.email},
            {"city": "Praha", "zip": "11000"},
            {"name": "A", "is_company": False},
            [],
        ):
            self.refused("invalid_argument", "match", criteria=criteria)

    def test_nobody_asks_for_what_it_may_not_read(self):
        plain = self.make_client("PLAIN", mode="plain")
        criteria = {"name": self.anna.name, "ref": "1"}
        self.refused("unknown_field", "match", plain, criteria=criteria)
        self.refused("unknown_field", "match", criteria={"id": "1", "name": "A"})

    def test_enumerating_ends_at_the_quota(self):
        self.client.daily_matches = 2
        criteria = {"name": "Anna", "email": "a1@example.org"}
        self.ok("match", criteria=criteria)
        self.ok("match", criteria=criteria)
        refused = self.refused("quota_exceeded", "match", criteria=criteria)
        self.assertGreater(refused["retry_after_s"], 0)

    def test_a_search_that_takes_too_long_is_given_up(self):
        def slow(partners, customer, limit):
            partners.env.cr.execute("SELECT pg_sleep(10)")

        criteria = {"name": "Anna", "email": "a1@example.org"}
        with patch.object(type(self.partners), "_find_candidates", slow):
            self.refused("busy", "match", criteria=criteria)
        self.ok("match", criteria=criteria)

    # ------------------------------------------------------------------ erase

    def test_erasing_is_told_to_all_who_know_the_person(self):
        _items, cursor = self.pull_all(by=self.other)
        subject = {"id": self.anna.id}
        told = self.ok("erase", subject=subject, reason="asked on 1 March")
        self.assertEqual(told, {"status": "erased", "id": self.anna.id})
        self.assertTrue(self.anna.erased_at)
        self.assertFalse(self.anna.email)
        self.env.flush_all()
        items, _cursor = self.pull_all(cursor, by=self.other)
        self.assertIn(("erase", self.anna.id), [(i["op"], i["id"]) for i in items])
        self.ok("pull")
        self.pull_all(by=self.client)

    def test_erasing_twice_says_the_same(self):
        self.pull_all()
        for _time in range(2):
            told = self.ok("erase", subject={"id": self.anna.id})
            self.assertEqual(told["status"], "erased")

    def test_what_must_be_kept_is_left_to_the_officer(self):
        self.env["crm.legal.hold"].create(
            {
                "name": "Dispute",
                "reason": "dispute",
                "partner_ids": [(6, 0, self.anna.ids)],
            }
        )
        told = self.ok("erase", subject={"id": self.anna.id}, reason="by phone")
        self.assertEqual(told["status"], "refused")
        self.assertTrue(self.anna.email)
        erasure = self.env["crm.erasure"].search([("partner_ids", "in", self.anna.ids)])
        self.assertIn("by phone", erasure.note)
        self.assertTrue(erasure.refusal)

    def test_only_who_may_erases_and_only_what_it_sees(self):
        subject = {"id": self.anna.id}
        self.refused("out_of_scope", "erase", self.other, subject=subject)
        self.refused("out_of_scope", "erase", subject=subject, entity="order")
        self.refused("invalid_argument", "erase", subject="all")
        self.client.scope_ids.domain = "[('city', '=', 'Kraków')]"
        self.refused("not_found", "erase", subject=subject)
        self.assertTrue(self.anna.email)

    def test_a_client_in_its_test_phase_erases_nobody(self):
        self.client.sandbox = True
        told = self.ok("erase", subject={"id": self.anna.id})
        self.assertEqual(told["status"], "would_erase")
        self.assertTrue(self.anna.email)

    # ------------------------------------------------------------------ export

    def test_a_persons_data_are_a_card_and_what_belongs_to_it(self):
        self.env["crm.exchange.scope"].create(
            [
                {"client_id": self.client.id, "entity": name, "field_mode": "all"}
                for name in ("purchase", "contact")
            ]
        )
        self.env["crm.purchase"].create(
            {"partner_id": self.anna.id, "date": "2026-01-02", "amount": 5}
        )
        told = self.ok("subject_export", subject={"id": self.anna.id})
        self.assertEqual(told["card"]["@type"], "Card")
        self.assertEqual(told["card"]["name"]["full"], self.anna.name)
        self.assertEqual(told["records"]["purchase"][0]["data"]["amount"], "5")
        self.assertEqual(told["cut"], [])

    def test_an_export_holds_no_more_than_the_scope(self):
        plain = self.make_client("PLAIN", mode="plain")
        told = self.ok("subject_export", plain, subject={"id": self.anna.id})
        self.assertNotIn(self.anna.name, str(told))
        self.assertNotIn(self.anna.email, str(told))
        self.refused(
            "not_found", "subject_export", subject={"id": self.env.user.partner_id.id}
        )
