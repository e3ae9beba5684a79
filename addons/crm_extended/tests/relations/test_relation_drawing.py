from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .relation_common import RelationCase


@tagged("post_install", "-at_install")
class TestRelationDrawing(RelationCase):
    def draw(self, partner, user=None, **options):
        relations = self.env["crm.relation"]
        relations = relations.with_user(user) if user else relations
        return relations.read_drawing(partner.id, **options)

    def steps(self, drawing):
        return {node["name"]: node["step"] for node in drawing["nodes"]}

    def test_two_steps_around_the_customer_are_drawn(self):
        self.relate(self.anna, "works_for", self.shop)
        self.relate(self.shop, "branch", self.house)
        self.relate(self.annex, "branch", self.house)
        drawing = self.draw(self.anna)
        self.assertEqual(self.steps(drawing), {"Anna": 0, "Shop": 1, "House": 2})
        self.assertEqual(
            [(link["from"], link["role"], link["to"]) for link in drawing["links"]],
            [
                (self.anna.id, "works for", self.shop.id),
                (self.shop.id, "is a branch of", self.house.id),
            ],
        )
        shown = {kind["id"]: kind["name"] for kind in drawing["kinds"]}
        kinds = {node["name"]: shown[node["kind"]] for node in drawing["nodes"]}
        self.assertEqual(
            kinds, {"Anna": "Person", "Shop": "Branch", "House": "Company"}
        )

    def test_customer_without_relations_stands_alone(self):
        drawing = self.draw(self.anna)
        self.assertEqual(self.steps(drawing), {"Anna": 0})
        self.assertEqual(drawing["links"], [])

    def test_contacts_of_a_company_are_drawn_too(self):
        self.boris.parent_id = self.shop
        self.assertEqual(self.steps(self.draw(self.shop)), {"Shop": 0, "Boris": 1})
        self.assertEqual(self.draw(self.boris)["links"][0]["role"], "contact of")

    def test_past_relations_are_drawn_when_asked_for(self):
        self.relate(self.anna, "works_for", self.shop, date_end="2020-01-01")
        self.assertEqual(self.steps(self.draw(self.anna)), {"Anna": 0})
        drawing = self.draw(self.anna, past=True)
        self.assertEqual(self.steps(drawing), {"Anna": 0, "Shop": 1})
        self.assertFalse(drawing["links"][0]["current"])

    def test_customers_of_another_company_and_archived_ones_are_absent(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env, "drawing_reader", groups="crm_extended.group_customer_user"
        )
        for partner in (self.anna, self.boris, self.family):
            self.relate(self.shop, "competitor", partner)
        self.anna.company_id = other
        self.boris.active = False
        drawing = self.draw(self.shop, user=user)
        self.assertEqual(self.steps(drawing), {"Shop": 0, "Family": 1})
        self.assertEqual(len(drawing["links"]), 1)
        with self.assertRaisesRegex(UserError, "not yours"):
            self.draw(self.anna, user=user)

    def test_queries_do_not_grow_with_relations(self):
        def count(partner):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            drawing = self.draw(partner)
            return self.env.cr.sql_log_count - before, len(drawing["nodes"])

        people = self.env["res.partner"].create(
            [{"name": f"Person {number}"} for number in range(66)]
        )
        for person in people[:6]:
            self.relate(self.shop, "works_for", person, inverse=True)
        for person in people[6:]:
            self.relate(self.house, "works_for", person, inverse=True)
            self.relate(person, "competitor", self.annex)
        few, drawn_few = count(self.shop)
        many, drawn_many = count(self.house)
        self.assertEqual((drawn_few, drawn_many), (7, 62))
        self.assertLessEqual(many, few)
        self.assertLess(many, 25)

    def test_more_than_can_be_drawn_is_said(self):
        people = self.env["res.partner"].create(
            [{"name": f"Person {number}"} for number in range(130)]
        )
        role = self.role("works_for", inverse=True)
        self.env["crm.relation"].create(
            [
                {"partner_id": self.shop.id, "role_id": role, "other_id": person.id}
                for person in people
            ]
        )
        drawing = self.draw(self.shop)
        self.assertTrue(drawing["more"])
        self.assertEqual(len(drawing["nodes"]), 121)

    def test_hostile_arguments_are_refused_clearly(self):
        for value in (0, -1, 2**31, 2**63, True, None, "1", [1], {"id": 1}, 1.5):
            with self.subTest(value=value), self.assertRaises(UserError):
                self.env["crm.relation"].read_drawing(value)
