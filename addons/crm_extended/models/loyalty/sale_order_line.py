from odoo import api, models

from . import flow as flows


class SaleOrderLine(models.Model):
    """Rewards changed on a confirmed order are entries of that order."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        if not any(vals.get("points_cost") for vals in vals_list):
            return super().create(vals_list)
        return self._within_orders(
            vals_list,
            lambda vals: vals.get("order_id"),
            lambda part: super(SaleOrderLine, self).create(part),
        )

    def write(self, vals):
        confirmed = "points_cost" in vals and self.filtered(
            lambda line: line.state == "sale"
        )
        if not confirmed:
            return super().write(vals)
        for order in self.order_id:
            lines = self.filtered(lambda line, order=order: line.order_id == order)
            with flows.flow(self.env, **order._points_flow()):
                super(SaleOrderLine, lines).write(vals)
        return True

    def unlink(self):
        confirmed = self.filtered(lambda line: line.coupon_id and line.state == "sale")
        if not confirmed:
            return super().unlink()
        for order in self.order_id:
            lines = self.filtered(lambda line, order=order: line.order_id == order)
            with flows.flow(self.env, **order._points_flow()):
                super(SaleOrderLine, lines.exists()).unlink()
        return True

    def _within_orders(self, vals_list, order_of, make):
        """`make` of the parts of a list that belong to one order, in its order."""
        made = self.browse()
        orders = {order_of(vals) for vals in vals_list}
        if len(orders) == 1:
            order = self.env["sale.order"].browse(orders.pop())
            with flows.flow(self.env, **order._points_flow()):
                return make(vals_list)
        for vals in vals_list:
            order = self.env["sale.order"].browse(order_of(vals))
            with flows.flow(self.env, **order._points_flow()):
                made |= make([vals])
        return made
