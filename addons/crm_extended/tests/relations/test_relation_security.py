from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .relation_common import RelationCase


@tagged("post_install", "-at_install")
class TestRelationSecurity(RelationCase):
    """Who may see and enter which relations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relation = cls.relate(cls.anna, "works_for", cls.shop)
        cls.users = {
            name: new_test_user(cls.env, f"rel_{name}", groups=group)
            for name, group in {
                "employee": "base.group_user",
                "assistant": "crm_extended.group_customer_user",
                "steward": "crm_extended.group_steward",
                "manager": "crm_extended.group_customer_manager",
                "portal": "base.group_portal",
            }.items()
        }

    def test_role_matrix(self):
        matrix = {
            "employee": "",
            "assistant": "r",
            "steward": "rwcd",
            "manager": "rwcd",
            "portal": "",
        }
        names = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
        for name, rights in matrix.items():
            relation = self.relation.with_user(self.users[name])
            found = [k for k, right in names.items() if relation.has_access(right)]
            self.assertEqual("".join(found), rights, name)
        kinds = self.env["crm.kind"]
        for name, user in self.users.items():
            found = kinds.with_user(user).has_access("write")
            self.assertEqual(found, name == "manager", name)

    def test_assistant_reads_but_does_not_enter(self):
        relation = self.relation.with_user(self.users["assistant"])
        self.assertEqual(relation.other_id, self.shop)
        for attempt in (
            lambda: relation.write({"date_end": "2020-01-01"}),
            lambda: relation.copy(),
            lambda: relation.unlink(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_relations_with_customers_of_another_company_are_absent(self):
        self.anna.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.invalidate_all()
        for name in ("assistant", "steward", "manager"):
            user = self.users[name]
            shop = self.shop.with_user(user)
            self.assertFalse(shop.crm_relation_ids, name)
            stored = self.env["res.partner.relation"].with_user(user)
            self.assertFalse(stored.search([("right_partner_id", "=", shop.id)]), name)
            with self.assertRaises(AccessError):
                self.relation.with_user(user).read(["other_id"])
        with self.assertRaises(AccessError):
            self.relation.with_user(self.users["steward"]).unlink()
        with self.assertRaises(AccessError):
            self.env["crm.relation"].with_user(self.users["steward"]).create(
                {
                    "partner_id": self.shop.id,
                    "role_id": self.role("works_for", inverse=True),
                    "other_id": self.anna.id,
                    "date_start": "2020-01-01",
                }
            )

    def test_hostile_values_are_refused_clearly(self):
        relations = self.env["crm.relation"].with_user(self.users["steward"])
        valid = {
            "partner_id": self.boris.id,
            "role_id": self.role("works_for"),
            "other_id": self.shop.id,
        }
        for values in (
            {},
            {"role_id": 2**31},
            {"role_id": -4},
            {"role_id": "1"},
            {"role_id": [1]},
            {"role_id": True},
            {"other_id": None},
            {"other_id": self.boris.id},
            {"date_start": "2026-02-02", "date_end": "2026-01-01"},
        ):
            vals = {**valid, **values} if values else {}
            with self.subTest(values=values), self.assertRaises(ValidationError):
                relations.create(vals)
        created = relations.create({**valid, "active": False, "is_current": False})
        self.assertTrue(created.active, "nobody hides a relation")
