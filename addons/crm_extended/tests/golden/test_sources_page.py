"""The page Sources of a customer: who says what, and a person's choice."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestSourcesPage(GoldenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jana = cls.make_partner(
            "Jana", phone="1", street="Korunni 48", city="Praha"
        )
        cls.prague = cls.say(
            cls.till,
            cls.jana,
            name="Jana",
            phone="1",
            street="Korunni 48",
            city="Praha",
        )
        cls.polish = cls.say(
            cls.krakow,
            cls.jana,
            "2026-02-01",
            phone="2",
            street="Lubicz 66",
            city="Krakow",
        )

    def get(self, field, user=None):
        page = self.jana.with_user(user or self.steward).get_sources()
        return next(v for v in page["values"] if field in v["names"])

    def test_each_value_shows_its_origin_and_what_others_say(self):
        told = self.get("phone")
        self.assertEqual((told["value"], told["origin"]["source"]), ("1", "Till"))
        [other] = told["alternatives"]
        self.assertEqual((other["value"], other["record_id"]), ("2", self.polish.id))
        self.assertEqual(other["says"][0]["source"], "Krakow")
        address = self.get("street")
        self.assertIn("city", address["names"], "an address is one line of the table")
        self.assertEqual(address["value"], "Korunni 48, Praha")

    def test_a_row_is_shown_as_received_with_when_and_by_whom(self):
        page = self.jana.with_user(self.steward).get_sources()
        record = next(r for r in page["records"] if r["id"] == self.polish.id)
        self.assertIn(["phone", "2"], record["payload"])
        self.assertEqual(record["at"], "2026-02-01 00:00:00")
        self.assertEqual(record["by"], self.env.user.name)

    def test_a_chosen_value_is_pinned_until_the_rules_may_decide_again(self):
        jana = self.jana.with_user(self.steward)
        jana.use_source_value(self.polish.id, ["city"])
        self.assertRecordValues(jana, [{"street": "Lubicz 66", "city": "Krakow"}])
        address = self.get("street")
        self.assertTrue(address["pinned"])
        self.assertEqual(address["origin"]["by"], self.steward.name)
        till = self.make_list(self.till)
        self.till.trust = 100
        self.load_list(till, f"{self.jana.id},Jana,,1,Dlouha 1,,Praha,")
        self.assertEqual(jana.city, "Krakow", "no source changes a pinned value")
        jana.unpin_source_value(["street"])
        self.assertRecordValues(jana, [{"street": "Dlouha 1", "city": "Praha"}])
        self.assertFalse(self.get("street")["pinned"])

    def test_what_stood_there_before_a_pin_can_be_had_back(self):
        self.jana.phone = "3"
        jana = self.jana.with_user(self.steward)
        jana.use_source_value(self.polish.id, ["phone"])
        self.assertEqual(jana.phone, "2")
        self.assertIn("3", [a["value"] for a in self.get("phone")["alternatives"]])
        jana.unpin_source_value(["phone"])
        self.assertEqual(jana.phone, "3", "by hand, 80, before the till, 70")

    def test_an_edit_of_a_pinned_value_moves_the_pin(self):
        jana = self.jana.with_user(self.steward)
        jana.use_source_value(self.polish.id, ["phone"])
        jana.write({"phone": "9"})
        row = self.get_row(self.jana, "phone")
        self.assertEqual((row.value, row.pinned, row.rule), ("9", True, "pinned"))

    def test_hostile_arguments_are_refused(self):
        jana = self.jana.with_user(self.steward)
        other = self.say(self.till, self.make_partner(), key="o", phone="7")
        for record in (0, -1, 2**40, "1", True, None, [1], other.id, 2**30):
            with self.subTest(record=record), self.assertRaises(UserError):
                jana.use_source_value(record, ["phone"])
        for names in ("phone", None, ["active"], ["user_ids"], [["phone"]], [], {}):
            with self.subTest(names=names), self.assertRaises(UserError):
                jana.use_source_value(self.polish.id, names)
        with self.assertRaises(UserError):
            jana.use_source_value(self.polish.id, ["email"])
        self.assertEqual(jana.phone, "1")

    def test_each_role_sees_and_does_what_it_may(self):
        def make(role):
            groups = f"crm_extended.{role}" if role else "base.group_user"
            return new_test_user(self.env, f"gol_{role}", groups=groups)

        may = ("group_import_user", "group_steward", "group_customer_manager")
        not_ = ("", "group_customer_user", "group_privacy_officer")
        for role in may:
            with self.subTest(role):
                user = make(role)
                self.assertEqual(self.get("phone", user)["value"], "1")
                self.jana.with_user(user).use_source_value(self.polish.id, ["phone"])
                self.jana.with_user(user).unpin_source_value(["phone"])
        for role in not_:
            jana = self.jana.with_user(make(role))
            with self.subTest(role):
                for step in (
                    jana.get_sources,
                    lambda p=jana: p.use_source_value(self.polish.id, ["phone"]),
                    lambda p=jana: p.unpin_source_value(["phone"]),
                ):
                    with self.assertRaises(AccessError):
                        step()

    def test_another_company_sees_nothing_of_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "gol_other",
            groups="crm_extended.group_steward",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        page = self.jana.with_user(user).get_sources()
        self.assertFalse(page["records"], "sources of another company")
        with self.assertRaises(AccessError):
            self.jana.with_user(user).use_source_value(self.polish.id, ["phone"])
        self.jana.with_user(self.steward).use_source_value(self.polish.id, ["phone"])
        own = self.make_source("Theirs", 50, company_id=other.id)
        self.say(own, self.jana, key="theirs", phone="8")
        told = self.get("phone", user)
        self.assertEqual(told["origin"]["source"], "", "not theirs to know")
        self.assertEqual(told["alternatives"][0]["value"], "8")
        self.jana.company_id = self.company
        with self.assertRaises(AccessError):
            self.jana.with_user(user).get_sources()
        rows = self.golden.with_user(user)
        self.assertFalse(rows.search([("partner_id", "=", self.jana.id)]))
