import psycopg2

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .profile_common import ProfileCase


@tagged("post_install", "-at_install")
class TestNeed(ProfileCase):
    def _make(self, **values):
        needs = self.env["crm.need"].with_user(self.clerk)
        return needs.create({"name": "A cello", "partner_id": self.anna.id, **values})

    def test_closing_notes_the_day_and_reopening_forgets_it(self):
        need = self._make()
        need.state = "met"
        self.assertEqual(need.closed_on, fields.Date.today())
        need.state = "open"
        self.assertFalse(need.closed_on)

    def test_product_brings_its_category(self):
        product = self.env["product.product"].search([], limit=1)
        need = self._make(product_id=product.id)
        self.assertEqual(need.category_id, product.categ_id)

    def test_opportunity_is_made_once(self):
        seller = self.env.ref("sales_team.group_sale_salesman")
        self.clerk.write({"group_ids": [(4, seller.id)]})
        need = self._make()
        action = need.action_make_opportunity()
        self.assertEqual(need.state, "offered")
        self.assertEqual(need.lead_id.partner_id, self.anna)
        self.assertEqual(need.action_make_opportunity()["res_id"], action["res_id"])
        closed = self._make(state="lost")
        with self.assertRaisesRegex(UserError, "Set it back to Open"):
            closed.action_make_opportunity()

    def test_all_columns_of_the_board_are_there(self):
        needs = self.env["crm.need"].with_context(read_group_expand=True)
        groups = needs.web_read_group(
            [("partner_id", "=", self.anna.id)], ["state"], ["__count"]
        )
        self.assertEqual(groups["length"], 4)

    def test_customers_are_found_by_needs_and_competitors(self):
        self._make()
        rival = self.env["res.partner"].create({"name": "Melodie"})
        products = self.env["crm.competitor.product"]
        products.create(
            {
                "name": "Rental",
                "partner_id": self.boris.id,
                "competitor_id": rival.id,
                "satisfaction": "1",
            }
        )
        partners = self.env["res.partner"].with_user(self.shop)
        found = partners.search([("need_ids", "any", [("state", "=", "open")])])
        self.assertIn(self.anna, found)
        found = partners.search(
            [("competitor_product_ids.competitor_id", "=", rival.id)]
        )
        self.assertEqual(found, self.boris)

    def test_nobody_is_his_own_competitor_and_time_runs_forward(self):
        products = self.env["crm.competitor.product"]
        with self.assertRaises(ValidationError):
            products.create(
                {
                    "name": "X",
                    "partner_id": self.anna.id,
                    "competitor_id": self.anna.id,
                }
            )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            products.create(
                {
                    "name": "X",
                    "partner_id": self.anna.id,
                    "since": "2030-01-02",
                    "until": "2030-01-01",
                }
            )
