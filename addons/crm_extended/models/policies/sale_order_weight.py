from odoo import api, models


class SaleOrder(models.Model):
    """How much an order gives away: discount beyond the price list, and credit."""

    _inherit = "sale.order"

    @api.model
    def _holds_credit(self, policy_id):
        return self.env["crm.policy"].sudo().browse(policy_id).holds_credit

    def _get_exposure(self):
        """What the customer would owe with this order, in company currency.

        What is ordered and not invoiced counts, whatever the settings of Invoicing say.
        """
        order = self.sudo().with_company(self.company_id)
        owner = order.partner_id.commercial_partner_id
        owner.invalidate_recordset(["credit"], flush=False)
        ordered = order.search(
            [
                ("company_id", "=", order.company_id.id),
                ("partner_invoice_id.commercial_partner_id", "=", owner.id),
                ("state", "=", "sale"),
                ("invoice_status", "!=", "invoiced"),
                ("id", "!=", order.id),
            ]
        )
        owed = sum(o.amount_to_invoice / (o.currency_rate or 1.0) for o in ordered)
        return owner.credit + owed + order.amount_total / (order.currency_rate or 1.0)

    def _get_given_discount(self):
        """The largest discount given beyond the price list, in percent."""
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line._is_priced_by_list())
        given = max((line._get_given_discount() for line in lines), default=0.0)
        total = sum(line.price_unit * line.product_uom_qty for line in lines)
        off = -sum(
            line.price_unit * line.product_uom_qty
            for line in self.order_line
            if line._is_global_discount()
        )
        if off > 0 and total > 0:
            given = 100 - (100 - given) * (1 - min(off / total, 1))
        return round(given, 4)
