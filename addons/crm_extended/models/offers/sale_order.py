from odoo import fields, models


class SaleOrder(models.Model):
    """What became of a quotation is what became of its offer."""

    _inherit = "sale.order"

    crm_offer_id = fields.Many2one(
        "crm.offer",
        string="Individual Offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def action_confirm(self):
        result = super().action_confirm()
        for order in self.filtered("crm_offer_id"):
            # sudo: the outcome is kept from hands, not from what happens
            offer = order.crm_offer_id.sudo()
            offer._decide("accepted")
            bought = order.order_line.product_id
            lines = offer.line_ids.filtered_domain([("product_id", "in", bought.ids)])
            lines.is_bought = True
            needs = lines.need_id.filtered_domain(
                [("state", "in", ("open", "offered"))]
            )
            needs.write({"state": "met"})
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        offers = self.crm_offer_id.sudo()
        if offers:
            offers._decide("refused")
        return result
