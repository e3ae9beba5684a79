from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache


class ProductPricelistItem(models.Model):
    """A price rule may hold for the customers of a segment only.

    Precedence: Odoo takes the first rule that fits, the one closest to the product
    first (variant, product, category, all). Among rules equally close, those of a
    segment the customer is in go before those for everybody, in the order of families
    and segments; then, as in Odoo, the highest minimum quantity.
    """

    _inherit = "product.pricelist.item"

    segment_id = fields.Many2one(
        "crm.segment",
        string="Customer Segment",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="The rule holds for customers who are in this segment on the day of the "
        "price. It goes before rules for everybody that are as close to the product.",
    )

    @api.model
    @ormcache()
    def _knows_segments(self):
        """Whether any rule asks for a segment; without one, nothing is looked up."""
        return bool(self.sudo().search_count([("segment_id", "!=", False)], limit=1))

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        if any(vals.get("segment_id") for vals in vals_list):
            self.env.registry.clear_cache()
        return items

    def write(self, vals):
        result = super().write(vals)
        if "segment_id" in vals:
            self.env.registry.clear_cache()
        return result

    def _put_segments_first(self):
        """The rules in the order of their precedence; they come in Odoo's order."""
        if not self.segment_id:
            return self

        def precedence(item):
            # sudo: the place of a segment whose rule the price list names
            segment = item.segment_id.sudo()
            family = segment.family_id
            place = (family.sequence, family.id, segment.sequence, segment.id)
            return item.applied_on, not segment, place if segment else ()

        return self.sorted(precedence)


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules(self, products, date, **kwargs):
        rules = super()._get_applicable_rules(products, date, **kwargs)
        if self.env["product.pricelist.item"]._knows_segments():
            rules = rules._put_segments_first()
        return rules

    def _get_applicable_rules_domain(self, products, date, **kwargs):
        """Rules for everybody, and those of segments the customer is in on that day.

        :param customer: `res.partner` to sell to; without one, whoever is logged in on
            the portal or in the web shop
        """
        domain = super()._get_applicable_rules_domain(products, date, **kwargs)
        if not self.env["product.pricelist.item"]._knows_segments():
            return domain
        everybody = Domain("segment_id", "=", False)
        customer = kwargs.get("customer")
        if customer is None and self.env.user.share:
            customer = self.env.user.partner_id
        if not customer:
            return Domain(domain) & everybody
        people = (customer | customer.commercial_partner_id)._origin.ids
        day = fields.Datetime.to_datetime(date) or fields.Datetime.now()
        day = fields.Datetime.context_timestamp(self, day).date()
        stay = Domain("partner_id", "in", people) & Domain("as_of", "=", day)
        company = self.company_id or self.env.company
        stay &= Domain("company_id", "in", [company.id, False])
        # any!: whom a price is for decides, not what the seller may see of segments
        inside = Domain("segment_id", "any!", Domain("member_ids", "any!", stay))
        return Domain(domain) & (everybody | inside)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends("order_id.partner_id")
    def _compute_pricelist_item_id(self):
        return super()._compute_pricelist_item_id()

    def _get_pricelist_kwargs(self):
        return {
            **super()._get_pricelist_kwargs(),
            "customer": self.order_id.partner_id,
        }


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.onchange("pricelist_id", "partner_id")
    def _onchange_pricelist_id_show_update_prices(self):
        """Another customer may be in other segments: offer to update the prices."""
        result = super()._onchange_pricelist_id_show_update_prices()
        changed = self.order_line and self._origin.partner_id != self.partner_id
        items = self.env["product.pricelist.item"]
        if changed and self.pricelist_id and items._knows_segments():
            self.show_update_pricelist = True
        return result

    def _get_product_catalog_order_data(self, products, **kwargs):
        kwargs.setdefault("customer", self.partner_id)
        return super()._get_product_catalog_order_data(products, **kwargs)
