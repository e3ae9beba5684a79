from odoo import api, fields, models

SOURCES = [
    ("person", "Entered by Hand"),
    ("need", "Need of the Customer"),
    ("due", "Due to Be Bought Again"),
    ("hint", "Goes With What Was Bought"),
]


class CrmOfferLine(models.Model):
    """One product of an offer and the reason for it."""

    _name = "crm.offer.line"
    _description = "Product of an Offer"
    _order = "offer_id, sequence, id"

    offer_id = fields.Many2one(
        "crm.offer", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    is_chosen = fields.Boolean(
        string="Offer It", default=True, help="Goes into the quotation"
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("sale_ok", "=", True)],
    )
    quantity = fields.Float(default=1.0, digits="Product Unit", required=True)
    source = fields.Selection(
        SOURCES,
        string="Kind of Reason",
        default="person",
        required=True,
        readonly=True,
        index=True,
    )
    weight = fields.Float(
        string="Likelihood", readonly=True, aggregator="avg", help="From 0 to 1"
    )
    reason = fields.Char(readonly=True)
    need_id = fields.Many2one(
        "crm.need", readonly=True, index="btree_not_null", ondelete="set null"
    )
    currency_id = fields.Many2one(related="offer_id.currency_id")
    price_unit = fields.Monetary(
        string="Price",
        compute="_compute_price_unit",
        help="By the customer's price list today, with the discount of the offer",
    )
    partner_id = fields.Many2one(related="offer_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="offer_id.company_id", store=True)
    state = fields.Selection(related="offer_id.state", store=True)
    is_bought = fields.Boolean(
        string="Bought", readonly=True, copy=False, help="Was in the confirmed order"
    )

    _positive = models.Constraint(
        "CHECK (quantity > 0)", "The quantity of an offered product is above 0."
    )

    @api.depends("product_id", "quantity", "offer_id.partner_id", "offer_id.discount")
    def _compute_price_unit(self):
        for offer, lines in self.grouped("offer_id").items():
            prices = offer.pricelist_id
            share = 1 - offer.discount / 100
            for line in lines:
                product = line.product_id.with_company(offer.company_id)
                if prices:
                    price = prices._get_product_price(
                        product, line.quantity, customer=offer.partner_id
                    )
                else:
                    price = product.lst_price
                line.price_unit = price * share

    def _prepare_order_line(self):
        """Values of a quotation's line; its price is the order's own business."""
        self.ensure_one()
        vals = {"product_id": self.product_id.id, "product_uom_qty": self.quantity}
        if self.offer_id.discount:
            vals["discount"] = self.offer_id.discount
        return vals
