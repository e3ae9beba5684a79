from odoo import api, fields, models
from odoo.tools import SQL

CHANNELS = [
    ("shop", "Shop"),
    ("web", "Web"),
    ("phone", "Phone"),
    ("mail", "Mail Order"),
    ("partner", "Trade Partner"),
    ("other", "Other"),
]
PAYMENT_METHODS = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("transfer", "Bank Transfer"),
    ("delivery", "On Delivery"),
    ("online", "Online"),
    ("credit", "On Account"),
    ("other", "Other"),
]


class Purchase(models.Model):
    """One purchase that a customer made in a system before or beside this one.

    It is history, not bookkeeping: it never posts to accounting and is not edited in
    daily work. Rows come from imports, by the million, so the table is narrow. A
    negative amount is a return. The import writes rows by SQL; what is computed here
    follows a manager's correction by hand.
    """

    _name = "crm.purchase"
    _description = "Past Purchase"
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="restrict"
    )
    date = fields.Date(required=True)
    product_id = fields.Many2one(
        "product.product", ondelete="set null", index="btree_not_null"
    )
    product_name = fields.Char(string="Article", help="As the source calls it")
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        ondelete="set null",
        index="btree_not_null",
    )
    quantity = fields.Float(default=1.0, digits=(16, 3))
    amount = fields.Monetary(help="What the customer paid. Negative: a return.")
    cost = fields.Monetary(help="What it cost us. Empty when the source does not know.")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_company_amounts",
        store=True,
        help="By the rate of the day of the purchase",
    )
    cost_company = fields.Monetary(
        string="Cost in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_company_amounts",
        store=True,
    )
    branch_id = fields.Many2one(
        "crm.branch", ondelete="restrict", index="btree_not_null", check_company=True
    )
    channel = fields.Selection(CHANNELS)
    payment_method = fields.Selection(PAYMENT_METHODS)
    source_id = fields.Many2one("crm.source", ondelete="restrict", check_company=True)
    key = fields.Char(readonly=True, copy=False, help="Its key at the source")
    payload_hash = fields.Char(
        readonly=True, copy=False, help="Tells whether the source says anything new"
    )

    _key_uniq = models.Constraint(
        "UNIQUE (source_id, company_id, key)",
        "This source already has a purchase with this key.",
    )
    _partner_date_idx = models.Index("(partner_id, date DESC)")
    _date_idx = models.Index("(date)")
    _company_date_idx = models.Index("(company_id, date)")

    @api.depends("product_name", "product_id", "date")
    def _compute_display_name(self):
        for purchase in self:
            article = purchase.product_name or purchase.product_id.display_name
            day = fields.Date.to_string(purchase.date) or ""
            purchase.display_name = f"{day} {article}" if article else day

    @api.depends("amount", "cost", "currency_id", "company_id", "date")
    def _compute_company_amounts(self):
        unknown = self._get_of_unknown_cost()
        for purchase in self:
            day = purchase.date or fields.Date.context_today(purchase)

            def convert(amount, purchase=purchase, day=day):
                if not (purchase.currency_id and purchase.company_id):
                    return amount
                return purchase.currency_id._convert(
                    amount, purchase.company_id.currency_id, purchase.company_id, day
                )

            purchase.amount_company = convert(purchase.amount)
            if purchase not in unknown:
                purchase.cost_company = convert(purchase.cost)

    def _get_of_unknown_cost(self):
        """Purchases whose cost is NULL: to the ORM that is 0, to a margin it is not.

        Their cost in company currency is left as it is: NULL too.
        """
        stored = self._origin & self  # a new record has no column to be NULL
        if not stored:
            return stored
        stored.flush_recordset(["cost"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_purchase WHERE cost IS NULL AND id IN %s",
                stored._ids,
            )
        )
        return stored.browse([id_ for (id_,) in rows])
