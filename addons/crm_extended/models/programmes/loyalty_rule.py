from odoo import models

from ...earning.points import Rule


class LoyaltyRule(models.Model):
    _inherit = "loyalty.rule"

    def _to_pure(self, minimum, products):
        """The rule as `earning.points` knows it.

        :param minimum: the minimum purchase in the currency of the order
        :param products: `product.product` of the order that it takes; None for none
        """
        self.ensure_one()
        return Rule(
            self.id,
            self.reward_point_mode,
            self.reward_point_amount,
            self.minimum_qty,
            minimum,
            self.minimum_amount_tax_mode == "incl",
            frozenset(products.ids if products else ()),
        )
