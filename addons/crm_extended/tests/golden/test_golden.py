"""Which value survives, where it came from, and when it is decided anew."""

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestGolden(GoldenCase):
    # ------------------------------------------------------------------ choosing

    def test_the_trusted_source_survives_a_merge(self):
        till, web = self.make_partner(phone="1"), self.make_partner(phone="2")
        self.say(self.till, till, phone="1")
        record = self.say(self.web, web, phone="2", day="2026-02-01")
        chosen = self.golden._choose([(web.id, [till.id])])[web.id]["phone"]
        self.assertEqual(chosen["value"], "1")
        self.assertEqual((chosen["partner_id"], chosen["rule"]), (till.id, "trust"))
        self.assertEqual(chosen["source_id"], self.till.id)
        record.source_id.trust = 90
        chosen = self.golden._choose([(web.id, [till.id])])[web.id]["phone"]
        self.assertEqual((chosen["value"], chosen["partner_id"]), ("2", web.id))

    def test_an_address_comes_from_one_customer_only(self):
        czech = {"street": "Korunni 48", "city": "Praha"}
        polish = {"street": "Lubicz 66", "city": "Krakow", "zip": "31-503"}
        country = self.env.ref("base.pl")
        one = self.make_partner(**czech)
        two = self.make_partner(**polish, country_id=country.id)
        self.say(self.till, one, **czech)
        self.say(self.krakow, two, **polish, country=country.id)
        chosen = self.golden._choose([(one.id, [two.id])])[one.id]
        self.assertEqual(chosen["street"]["value"], "Korunni 48")
        self.assertFalse(chosen["country_id"]["value"], "Praha is not in Poland")
        self.assertFalse(chosen["zip"]["value"])
        self.assertEqual(
            {chosen[name]["partner_id"] for name in ("street", "zip", "city")}, {one.id}
        )

    def test_what_stands_on_a_customer_without_a_source_counts_as_by_hand(self):
        known, typed = self.make_partner(phone="1"), self.make_partner(phone="2")
        self.say(self.till, known, phone="1")
        chosen = self.golden._choose([(known.id, [typed.id])])[known.id]
        self.assertEqual(
            chosen["phone"]["value"], "2", "80 of a person, 70 of the till"
        )
        self.assertEqual(chosen["phone"]["partner_id"], typed.id)
        self.manual.trust = 10
        chosen = self.golden._choose([(known.id, [typed.id])])[known.id]
        self.assertEqual(chosen["phone"]["value"], "1")

    def test_of_equal_values_without_a_source_the_target_keeps_its_own(self):
        one, two = self.make_partner("Ada"), self.make_partner("Ida")
        for target, other in ((one, two), (two, one)):
            chosen = self.golden._choose([(target.id, [other.id])])[target.id]
            self.assertEqual(chosen["name"]["value"], target.name)

    def test_a_field_without_a_rule_is_filled_but_not_changed(self):
        industry = self.env["res.partner.industry"].create({"name": "Music"})
        one = self.make_partner(company_registry="Kept")
        two = self.make_partner(company_registry="Other", industry_id=industry.id)
        chosen = self.golden._choose([(one.id, [two.id])])[one.id]
        self.assertNotEqual(chosen.get("company_registry", {}).get("value"), "Other")
        self.assertEqual(chosen["industry_id"]["value"], industry.id)
        self.assertEqual(chosen["industry_id"]["rule"], "filled")
        self.assertNotIn("parent_id", chosen)
        self.assertNotIn("company_id", chosen)

    def test_choosing_writes_nothing_and_costs_the_same_for_any_number(self):
        groups = []
        for _number in range(40):
            one, two = self.make_partner(phone="1"), self.make_partner(phone="2")
            self.say(self.till, one, phone="1")
            groups.append((one.id, [two.id]))
        self.env.flush_all()
        self.golden._choose(groups[:1])
        counts = []
        for some in (groups[:2], groups):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.golden._choose(some)), len(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1], "queries grow with the groups")
        self.assertFalse(
            self.golden.search([("partner_id", "in", [g[0] for g in groups])])
        )

    def test_sources_that_only_propose_are_not_heard(self):
        self.web.proposes = True
        self.web.trust = 100
        one = self.make_partner(phone="1")
        self.say(self.till, one, phone="1")
        self.say(self.web, one, phone="2")
        chosen = self.golden._choose([(one.id, [])])[one.id]
        self.assertEqual(chosen["phone"]["value"], "1")

    # ------------------------------------------------------------------ rules

    def test_the_rule_of_a_company_comes_before_the_shared_one(self):
        phone = self.env.ref("base.field_res_partner__phone")
        self.env["crm.survivorship.rule"].create(
            {
                "name": "Newest phone",
                "company_id": self.company.id,
                "field_ids": [Command.link(phone.id)],
                "first": "newest",
            }
        )
        for company, value in ((self.company, "2"), (self.env["res.company"], "1")):
            one = self.make_partner(company_id=company.id)
            self.say(self.till, one, "2026-01-01", phone="1")
            self.say(self.web, one, "2026-02-01", phone="2")
            chosen = self.golden._choose([(one.id, [])])[one.id]
            self.assertEqual(chosen["phone"]["value"], value)

    def test_a_field_has_one_rule_and_only_fields_of_sources_have_any(self):
        rules = self.env["crm.survivorship.rule"]
        for name in ("phone", "company_id", "active", "parent_id", "create_uid"):
            field = self.env.ref(f"base.field_res_partner__{name}")
            with self.subTest(name), self.assertRaises(ValidationError):
                rules.create({"name": "X", "field_ids": [Command.link(field.id)]})
        users = self.env.ref("base.field_res_users__login")
        with self.assertRaises(ValidationError):
            rules.create({"name": "X", "field_ids": [Command.link(users.id)]})

    def test_golden_values_cannot_be_entered(self):
        one = self.make_partner()
        vals = {"partner_id": one.id, "field": "phone", "rule": "trust"}
        for user in (self.steward, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                self.golden.with_user(user).create(vals)

    # ------------------------------------------------------------------ imports

    def test_a_file_of_a_less_trusted_source_does_not_overwrite(self):
        till, web = self.make_list(self.till), self.make_list(self.web)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,")
        partner = self.till.record_ids.partner_id
        self.say(self.web, partner, key="w7", email="j@x.cz", phone="111", name="Jana")
        self.load_list(web, "w7,Jana,new@x.cz,222,,,,")
        self.assertRecordValues(partner, [{"phone": "111", "email": "j@x.cz"}])
        row = self.get_row(partner, "phone")
        self.assertEqual((row.source_id, row.rule), (self.till, "trust"))
        self.assertEqual(row.value_text, "111")
        self.web.trust = 75
        self.load_list(web, "w7,Jana,new@x.cz,333,,,,")
        self.assertRecordValues(partner, [{"phone": "333", "email": "j@x.cz"}])
        self.assertEqual(self.get_row(partner, "phone").source_id, self.web)

    def test_the_same_file_twice_changes_nothing_of_a_contested_customer(self):
        till = self.make_list(self.till)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,")
        partner = self.till.record_ids.partner_id
        self.say(self.web, partner, name="J", phone="222")
        self.load_list(till, "7,Jana,j@x.cz,112,,,,")
        row = self.get_row(partner, "phone")
        told = (row.value, row.decided_at, row.record_id, partner.write_date)
        run = self.load_list(till, "7,Jana,j@x.cz,112,,,,")
        self.assertEqual(self.counts(run, "customer"), (0, 0, 1))
        self.assertEqual(
            told, (row.value, row.decided_at, row.record_id, partner.write_date)
        )

    def test_what_its_only_source_takes_back_is_emptied_or_said_by_the_next(self):
        till = self.make_list(self.till)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,")
        partner = self.till.record_ids.partner_id
        self.say(self.web, partner, phone="222")
        self.load_list(till, "7,Jana,,,,,,")
        self.assertRecordValues(partner, [{"phone": "222", "email": False}])

    def test_what_a_source_repeats_is_not_news(self):
        rule = self.env.ref("crm_extended.survivorship_rule_phone")
        rule.write({"first": "newest", "second": "trust"})
        till, web = self.make_list(self.till), self.make_list(self.web)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,")
        partner = self.till.record_ids.partner_id
        self.till.record_ids.received_at = "2026-01-01"
        record = self.say(self.web, partner, "2026-01-02", "w7", phone="222", name="J")
        self.load_list(till, "7,Jana,other@x.cz,111,,,,")
        chosen = self.golden._choose([(partner.id, [])])[partner.id]
        self.assertEqual(chosen["phone"]["value"], "222", "the till said 111 before")
        self.load_list(web, "w7,Jana,j@x.cz,333,,,,")
        self.assertEqual(partner.phone, "333")
        self.assertEqual(record.partner_id, partner)

    def test_a_contested_customer_that_cannot_be_written_is_told_and_left(self):
        till = self.make_list(self.till)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,", "8,Petr,p@x.cz,5,,,,")
        jana = self.till.record_ids.filtered(lambda r: r.key == "7").partner_id
        self.web.trust = 10
        self.say(self.web, jana, phone="222")
        partners = self.env.registry["res.partner"]
        write = partners.write

        def refuse(records, vals):
            if vals.get("phone") == "bad":
                raise ValidationError(str(vals["phone"]))
            return write(records, vals)

        self.patch(partners, "write", refuse)
        run = self.load(HEADER_BAD, till)
        self.assertEqual((run.error_count, run.customer_updated), (1, 1))
        record = self.till.record_ids.filtered(lambda r: r.key == "7")
        self.assertEqual(record.accepted["phone"], "111")

    def test_deciding_anew_costs_the_same_for_any_number_of_customers(self):
        names = {}
        for number in range(60):
            one = self.make_partner(phone="9")
            self.say(self.till, one, phone="1")
            self.say(self.web, one, phone="2")
            names[one.id] = {"phone"}
            del number
        self.env.flush_all()
        ids = list(names)
        counts = []
        for some in (ids[:5], ids[5:15], ids[15:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.golden._redecide({id_: names[id_] for id_ in some})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(abs(counts[2] - counts[1]), 5, counts)
        partners = self.env["res.partner"].browse(ids)
        self.assertEqual(set(partners.mapped("phone")), {"1"})

    # ------------------------------------------------------------------ by hand

    def edit(self, partner, **vals):
        partner.with_user(self.steward).write(vals)
        self.env.flush_all()

    def test_an_edit_stands_up_to_less_trusted_sources_and_not_to_better_ones(self):
        till = self.make_list(self.till)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,")
        partner = self.till.record_ids.partner_id
        self.edit(partner, phone="555")
        row = self.get_row(partner, "phone")
        self.assertEqual((row.source_id, row.rule), (self.manual, "manual"))
        self.assertEqual(row.decided_by_id, self.steward)
        record = self.manual.record_ids.filtered(lambda r: r.partner_id == partner)
        self.assertEqual(record.received_by, self.steward)
        self.assertEqual(record.accepted, {"phone": "555"})
        self.load_list(till, "7,Jana,j@x.cz,112,,,,")
        self.assertEqual(partner.phone, "555")
        self.till.trust = 90
        self.load_list(till, "7,Jana,j@x.cz,113,,,,")
        self.assertEqual(partner.phone, "113")

    def test_an_edit_of_one_line_keeps_the_whole_address(self):
        partner = self.make_partner(street="Korunni 48", city="Praha")
        self.say(self.till, partner, street="Korunni 48", city="Praha")
        self.edit(partner, zip="120 00")
        record = self.manual.record_ids.filtered(lambda r: r.partner_id == partner)
        self.assertEqual(record.accepted["street"], "Korunni 48")
        self.assertEqual(record.accepted["zip"], "120 00")

    def test_a_cleared_value_is_a_statement_too(self):
        till = self.make_list(self.till)
        self.load_list(till, "7,Jana,j@x.cz,111,,,,")
        partner = self.till.record_ids.partner_id
        self.edit(partner, phone=False)
        self.load_list(till, "7,Jana,j@x.cz,112,,,,")
        self.assertFalse(partner.phone)

    def test_saving_the_same_or_what_no_source_knows_keeps_nothing(self):
        alone, known = self.make_partner(phone="1"), self.make_partner(phone="1")
        self.say(self.till, known, phone="1")
        self.edit(alone, phone="2")
        self.edit(known, phone="1", color=3)
        self.assertFalse(
            self.golden.search([("partner_id", "in", (alone + known).ids)])
        )
        self.assertFalse(
            self.manual.record_ids.filtered(lambda r: r.partner_id in alone + known)
        )

    def test_no_client_can_pass_for_a_machine(self):
        partner = self.make_partner(phone="1")
        self.say(self.till, partner, phone="1")
        forged = partner.with_user(self.steward).with_context(golden_machine=True)
        forged.write({"phone": "2"})
        self.assertEqual(self.get_row(partner, "phone").rule, "manual")

    def test_a_daily_edit_of_a_customer_without_sources_costs_one_query(self):
        partner = self.make_partner(phone="1").with_user(self.steward)
        partner.write({"phone": "2"})
        self.env.flush_all()
        count = self.env.cr.sql_log_count
        known = partner._get_known_to_sources()
        self.assertEqual(self.env.cr.sql_log_count - count, 1)
        self.assertFalse(known)

    # ------------------------------------------------------------------ merges

    def test_values_without_a_source_stay_alternatives_after_a_merge(self):
        one, two = self.make_partner(phone="1"), self.make_partner(phone="2")
        self.say(self.till, one, name="Jana", phone="1")
        groups = [(one.id, [two.id])]
        self.golden._keep_members(groups)
        record = self.manual.record_ids.filtered(lambda r: r.partner_id == two)
        self.assertEqual(record.accepted["phone"], "2")
        self.assertFalse(
            self.manual.record_ids.filtered(lambda r: r.partner_id == one),
            "the till says it already",
        )
        chosen = self.golden._choose(groups)
        record.partner_id = one
        self.golden._keep_merged(chosen)
        row = self.get_row(one, "phone")
        self.assertEqual((row.origin_partner_id, row.rule), (two, "trust"))
        self.assertEqual((row.value, row.source_id), ("2", self.manual))

    def test_a_merge_follows_the_rules_and_its_undo_leaves_nothing(self):
        one, two = self.make_partner(phone="1"), self.make_partner(phone="2")
        self.say(self.web, one, name="Jana", phone="1")
        self.say(self.till, two, name="Jana", phone="2")
        two.email = "typed@x.cz"
        records = self.env["crm.source.record"].search_count([])
        merges = self.env["crm.merge"].with_user(self.steward)
        merge = merges._merge([(one.id, [two.id])], values={one.id: {"city": "Brno"}})
        self.assertRecordValues(
            one, [{"phone": "2", "email": "typed@x.cz", "city": "Brno"}]
        )
        row = self.get_row(one, "phone")
        self.assertEqual((row.rule, row.origin_partner_id), ("trust", two))
        typed = self.manual.record_ids.filtered(lambda r: r.partner_id == one)
        self.assertIn("typed@x.cz", [record.accepted.get("email") for record in typed])
        self.assertTrue(self.get_row(one, "city").pinned, "a person chose it")
        page = one.with_user(self.steward).get_sources()
        self.assertEqual([merged["id"] for merged in page["merged"]], [two.id])
        merge.action_undo()
        self.assertFalse(self.golden.search([("partner_id", "=", one.id)]))
        self.assertEqual(self.env["crm.source.record"].search_count([]), records)
        self.assertRecordValues(one, [{"phone": "1", "email": False}])

    def test_an_undo_gives_back_what_was_pinned_before_the_merge(self):
        one, two = self.make_partner(phone="1"), self.make_partner(phone="2")
        self.say(self.till, one, phone="1")
        record = self.say(self.web, one, phone="9")
        self.golden.with_user(self.steward).sudo()._pin(
            one, ["phone"], {"phone": "9"}, record
        )
        merges = self.env["crm.merge"].with_user(self.steward)
        merge = merges._merge([(one.id, [two.id])], values={one.id: {"phone": "2"}})
        self.assertEqual(self.get_row(one, "phone").value, "2")
        merge.action_undo()
        row = self.get_row(one, "phone")
        self.assertEqual((row.value, row.pinned, row.record_id), ("9", True, record))
        self.assertEqual(one.phone, "9")

    def test_what_a_person_pinned_survives_a_merge_with_a_more_trusted_one(self):
        one, two = self.make_partner(phone="1"), self.make_partner(phone="2")
        record = self.say(self.krakow, one, phone="1")
        self.say(self.till, two, phone="2")
        self.golden.with_user(self.steward).sudo()._pin(
            one, ["phone"], {"phone": "1"}, record
        )
        merges = self.env["crm.merge"].with_user(self.steward)
        merges._merge([(one.id, [two.id])])
        self.assertEqual(one.phone, "1")

    def test_a_record_taken_out_leaves_the_others_values_their_origin(self):
        one, two = self.make_partner(phone="1"), self.make_partner(phone="2")
        three = self.make_partner(email="three@x.cz")
        self.say(self.web, one, name="Jana", phone="1")
        self.say(self.till, two, name="Jana", phone="2")
        self.say(self.till, three, name="Jana", email="three@x.cz")
        merges = self.env["crm.merge"].with_user(self.steward)
        merge = merges._merge([(one.id, [two.id, three.id])])
        out = merge.source_ids.filtered(lambda row: row.partner_id == three)
        merge._undo(out)
        self.assertRecordValues(one, [{"phone": "2", "email": False}])
        self.assertEqual(self.get_row(one, "phone").origin_partner_id, two)
        self.assertFalse(self.get_row(one, "email"))
        merge.action_undo()
        self.assertFalse(self.golden.search([("partner_id", "=", one.id)]))


HEADER_BAD = (
    "id,name,email,phone,street,zip,city,country\n"
    "7,Jana,j@x.cz,bad,,,,\n8,Petr,p@x.cz,6,,,,\n"
)
