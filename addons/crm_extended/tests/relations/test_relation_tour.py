from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestRelationTour(HttpCase):
    def test_shop_assistant_sees_relations_drawn(self):
        works_for, household = (
            self.env.ref(f"crm_extended.relation_type_{name}").id
            for name in ("works_for", "household")
        )
        choir, singer, former, home = self.env["res.partner"].create(
            [
                {"name": "Tour Choir", "is_company": True},
                {"name": "Tour Singer"},
                {"name": "Tour Former"},
                {"name": "Tour Household"},
            ]
        )
        self.env["res.partner.relation"].create(
            [
                {
                    "left_partner_id": left.id,
                    "type_id": type_id,
                    "right_partner_id": right.id,
                    "date_end": date_end,
                }
                for left, type_id, right, date_end in (
                    (singer, works_for, choir, False),
                    (former, works_for, choir, "2020-01-01"),
                    (singer, household, home, False),
                )
            ]
        )
        new_test_user(
            self.env, "tour_relation", groups="crm_extended.group_customer_user"
        )
        self.start_tour(
            f"/odoo/customer-base/{choir.id}",
            "crm_extended_relation",
            login="tour_relation",
        )
