"""A shop whose customers have habits, needs and quotations."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user

SELLER = "sales_team.group_sale_salesman,crm_extended.group_customer_user"


class OfferCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["crm.offer"])
        cls.strings, cls.stand, cls.bow, cls.piano = cls.env["product.product"].create(
            [
                {"name": name, "list_price": price, "categ_id": cls.categ(name)}
                for name, price in (
                    ("Strings", 20), ("Stand", 50), ("Bow", 200), ("Piano", 5000),
                )
            ]
        )  # fmt: skip
        cls.anna, cls.ben = cls.env["res.partner"].create(
            [{"name": "Anna Offered"}, {"name": "Ben Offered"}]
        )
        cls.seller = new_test_user(cls.env, "t_offer_seller", groups=SELLER)
        cls.offers = cls.env["crm.offer"]

    @classmethod
    def categ(cls, name):
        return cls.env["product.category"].create({"name": f"T {name}"}).id

    @classmethod
    def buy(cls, partner, product, *days_ago):
        """Past purchases, as an import brings them."""
        cls.env["crm.purchase"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": product.id,
                    "date": cls.today - timedelta(days=days),
                    "quantity": 1,
                    "amount": 10,
                }
                for days in days_ago
            ]
        )

    def suggest(self, *partners):
        people = self.env["res.partner"].union(*partners)
        return self.offers._suggest(people, self.env.company)

    def products(self, partner):
        return [
            line["product_id"] for line in self.suggest(partner).get(partner.id, [])
        ]
