from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .relation_common import RelationCase


@tagged("post_install", "-at_install")
class TestRelation(RelationCase):
    def test_a_relation_is_in_the_list_of_either_customer_in_its_own_words(self):
        self.relate(self.shop, "works_for", self.anna, inverse=True)
        stored = self.env["res.partner.relation"].search(
            [("left_partner_id", "=", self.anna.id)]
        )
        self.assertEqual(stored.right_partner_id, self.shop)
        self.assertEqual(self.shop.crm_relation_ids.role_id.name, "employs")
        self.assertEqual(self.anna.crm_relation_ids.role_id.name, "works for")
        self.assertEqual(self.anna.crm_relation_ids.other_id, self.shop)

    def test_it_is_added_ended_and_removed_on_the_customers_form(self):
        with Form(self.shop) as form, form.crm_relation_ids.new() as line:
            line.role_id = self.env["crm.relation.role"].browse(
                self.role("works_for", inverse=True)
            )
            line.other_id = self.anna
        relation = self.shop.crm_relation_ids
        self.assertEqual(self.anna.crm_relation_ids.other_id, self.shop)
        self.shop.crm_relation_ids = [
            Command.update(relation.id, {"date_end": "2020-01-01"})
        ]
        self.assertFalse(relation.is_current)
        self.assertEqual(str(self.anna.crm_relation_ids.date_end), "2020-01-01")
        stored = relation.relation_id
        self.shop.crm_relation_ids = [Command.delete(relation.id)]
        self.assertFalse(self.anna.crm_relation_ids)
        self.assertFalse(stored.exists())

    def test_another_partner_is_another_relation(self):
        relation = self.relate(self.anna, "works_for", self.shop)
        with self.assertRaisesRegex(UserError, "add another"):
            relation.write({"other_id": self.house.id})

    def test_competitors_see_the_same_word(self):
        self.relate(self.shop, "competitor", self.house)
        words = (self.shop | self.house).crm_relation_ids.mapped("role_id.name")
        self.assertEqual(words, ["competes with"])

    def test_nobody_stands_above_itself(self):
        with self.assertRaisesRegex(ValidationError, "themselves"):
            self.relate(self.house, "branch", self.house)
        self.relate(self.annex, "branch", self.shop)
        self.relate(self.shop, "branch", self.house)
        with self.assertRaisesRegex(
            ValidationError, "Annex already stands below House"
        ):
            self.relate(self.house, "branch", self.annex)

    def test_a_circle_through_two_types_of_one_order_is_refused(self):
        self.relate(self.shop, "branch", self.house)
        with self.assertRaisesRegex(ValidationError, "circle"):
            self.relate(self.house, "subsidiary", self.shop)

    def test_a_circle_through_the_parent_of_a_company_is_refused(self):
        self.shop.parent_id = self.house
        with self.assertRaisesRegex(ValidationError, "circle"):
            self.relate(self.house, "branch", self.shop)
        self.relate(self.house, "branch", self.annex)
        with self.assertRaisesRegex(ValidationError, "cannot stand below"):
            self.annex.parent_id = self.shop
        self.relate(self.anna, "works_for", self.shop)
        self.anna.parent_id = self.annex  # who works somewhere stands above nobody
        self.assertEqual(self.anna.commercial_partner_id, self.annex)

    def test_a_circle_in_one_batch_is_refused(self):
        pairs = [(self.shop, self.house), (self.house, self.annex)]
        pairs.append((self.annex, self.shop))
        role = self.role("branch")
        with self.assertRaisesRegex(ValidationError, "circle"):
            self.env["crm.relation"].create(
                [
                    {"partner_id": low.id, "role_id": role, "other_id": high.id}
                    for low, high in pairs
                ]
            )

    def test_who_once_stood_below_may_stand_above_later(self):
        self.relate(self.shop, "branch", self.house, date_end="2020-12-31")
        relation = self.relate(self.house, "branch", self.shop, date_start="2021-01-01")
        with self.assertRaisesRegex(ValidationError, "circle"):
            relation.date_start = "2020-12-31"

    def test_types_without_an_order_may_form_a_circle(self):
        self.relate(self.house, "competitor", self.shop)
        self.relate(self.shop, "competitor", self.annex)
        self.relate(self.annex, "competitor", self.house)
        with self.assertRaisesRegex(ValidationError, "circle"):
            self.types["competitor"].hierarchy = "rivalry"

    def test_kinds_follow_from_facts_and_from_relations_of_today(self):
        def kinds(partner):
            return set(partner.kind_ids.mapped("name"))

        self.assertEqual(kinds(self.family), {"Person"})
        self.assertEqual(kinds(self.shop), {"Company"})
        self.relate(self.anna, "household", self.family)
        branch = self.relate(self.shop, "branch", self.house)
        self.assertEqual(kinds(self.family), {"Household"})
        self.assertEqual(kinds(self.shop), {"Branch"})
        self.shop.supplier_rank = 1
        self.assertEqual(kinds(self.shop), {"Branch", "Supplier"})
        branch.date_end = "2020-01-01"
        self.assertEqual(kinds(self.shop), {"Company", "Supplier"})
        self.assertEqual(kinds(self.env.user.partner_id), {"Person", "Employee"})
        child = {"name": "Daughter Ltd", "is_company": True, "parent_id": self.house.id}
        self.assertEqual(kinds(self.env["res.partner"].create(child)), {"Branch"})

    def test_customers_are_found_and_grouped_by_kind_and_by_relation(self):
        self.relate(self.anna, "works_for", self.shop)
        self.relate(self.boris, "works_for", self.shop, date_end="2020-01-01")
        self.relate(self.boris, "household", self.family)
        partners = self.env["res.partner"]
        mine = self.anna | self.boris | self.shop | self.family
        domain = [("id", "in", mine.ids)]
        found = partners.search([*domain, ("relation_role_ids", "ilike", "works")])
        self.assertEqual(found, self.anna)
        related = [("crm_relation_ids", "any", [("other_id", "ilike", "Family")])]
        self.assertEqual(partners.search([*domain, *related]), self.boris)
        groups = partners._read_group(domain, ["relation_role_ids"], ["__count"])
        counts = {role.name: count for role, count in groups}
        self.assertEqual(counts["employs"], 1)
        self.assertEqual(counts["belongs to household"], 1)
        kinds = partners._read_group(domain, ["kind_ids"], ["__count"])
        counts = {kind.name: count for kind, count in kinds}
        self.assertEqual(counts, {"Person": 2, "Household": 1, "Company": 1})
        with self.assertRaises(UserError):
            self.anna.kind_ids = [Command.link(kinds[0][0].id)]
