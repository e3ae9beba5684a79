from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _is_priced_by_list(self):
        """Whether the price is the price list's business: no reward, fee or text."""
        self.ensure_one()
        return bool(
            self.product_id
            and not self.display_type
            and not self.is_downpayment
            and not self.is_expense
            and not self.is_reward_line
            and not self._is_global_discount()
            and not ("is_delivery" in self._fields and self.is_delivery)
            and self.product_uom_qty > 0
        )

    def _get_given_discount(self):
        """Percent that the line is below the price list, by discount or by price.

        What the price list itself shows as a discount is not given by anybody.
        """
        self.ensure_one()
        expected = self.technical_price_unit
        if expected <= 0:
            return 0.0
        if self.discount and self.pricelist_item_id._show_discount():
            line = self.with_company(self.company_id)
            base = line._get_pricelist_price_before_discount()
            if base > 0:
                expected *= min(line._get_pricelist_price() / base, 1.0)
        net = self.price_unit * (1 - self.discount / 100)
        return max(0.0, 100 * (1 - net / expected)) if expected > 0 else 0.0

    @api.constrains("discount", "price_unit")
    def _check_policy_discount(self):
        """What was confirmed does not become a larger discount afterwards."""
        self.order_id.filtered(lambda order: order.state == "sale")._check_beyond()
