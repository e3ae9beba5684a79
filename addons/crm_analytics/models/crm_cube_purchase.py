from odoo import api, fields, models

from odoo.addons.crm_extended.models.sources.crm_purchase import (
    CHANNELS,
    PAYMENT_METHODS,
)

from .purchase_fact import DEPENDS, MODELS, ORIGINS, purchase_fact


class CubePurchase(models.Model):
    """What customers bought, from invoices, orders and imports: rows of the warehouse.

    The definition of the rows is in `purchase_fact`.
    """

    _name = "crm.cube.purchase"
    _inherit = "crm.cube"
    _description = "Purchases"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "date"
    _depends = DEPENDS

    date = fields.Date(readonly=True)
    origin = fields.Selection(ORIGINS, readonly=True, help="Where we know it from")
    origin_id = fields.Integer(
        string="Line", readonly=True, aggregator=None, help="Id of the document's line"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(
        "res.currency", readonly=True, help="Of the current company, as the amounts"
    )
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Category", readonly=True)
    branch_id = fields.Many2one("crm.branch", readonly=True)
    source_id = fields.Many2one("crm.source", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    payment_method = fields.Selection(PAYMENT_METHODS, readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    segment_id = fields.Many2one(
        "crm.segment",
        readonly=True,
        help="Segment of the customer when the warehouse was refreshed",
    )
    segment_then_id = fields.Many2one(
        "crm.segment",
        string="Segment at Purchase",
        readonly=True,
        help="Segment that the customer was in on the day of the purchase. Empty "
        "before segments were kept",
    )
    quantity = fields.Float(digits=(18, 2), readonly=True)
    amount = fields.Float(
        digits=(18, 2),
        readonly=True,
        help="Without tax, in the currency of the current company",
    )
    cost = fields.Float(
        digits=(18, 2), readonly=True, help="Empty where the cost is not known"
    )
    margin = fields.Float(
        digits=(18, 2), readonly=True, help="Amount less cost, where the cost is known"
    )

    @property
    def _table_query(self):
        return purchase_fact()

    @api.model
    def _get_money_fields(self):
        return ("amount", "cost", "margin")

    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                f"{fields.Date.to_string(row.date)} {row.partner_id.display_name}"
            )

    def action_open_customer(self):
        """Open the customer of the row."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_open_document(self):
        """Open the invoice, order or past purchase behind the row, if the user may."""
        self.ensure_one()
        line = self.env[MODELS[self.origin]].browse(self.origin_id)
        line.check_access("read")
        owner = {"invoice": "move_id", "order": "order_id"}.get(self.origin)
        return (line[owner] if owner else line).get_formview_action()
