from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("all", "All Customers"),
    ("segment", "Segment"),
    ("tier", "Loyalty Level"),
    ("branch", "Branch"),
]
PERCENT = (16, 1)


class LoyaltyGroup(models.Model):
    """How loyal a group of a company's customers was in the year up to a quarter's end.

    Members are those of that day, not of today. Written by SQL when loyalty is tracked.
    """

    _name = "crm.loyalty.group"
    _description = "Loyalty of a Group"
    _order = "date desc, kind, customers desc, id"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Year Up To", required=True)
    kind = fields.Selection(KINDS, string="Grouped By", required=True)
    segment_id = fields.Many2one("crm.segment", ondelete="cascade")
    level_id = fields.Many2one(
        "crm.loyalty.tier.level", string="Loyalty Level", ondelete="cascade"
    )
    branch_id = fields.Many2one("crm.branch", ondelete="cascade")
    customers = fields.Integer(
        aggregator="avg", help="Members who bought in the year or in the one before"
    )
    buyers = fields.Integer(aggregator="avg", help="Who bought in the year")
    tenure = fields.Float("Tenure (Months)", digits=PERCENT, aggregator="avg")
    repeat_rate = fields.Float(
        "Repeat Rate (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Of the buyers, those who bought on more than one day",
    )
    regular_share = fields.Float(
        "Regular Buyers (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Of the buyers, those who bought in three quarters or more",
    )
    interval_days = fields.Float(
        "Interval (Days)",
        digits=PERCENT,
        aggregator="avg",
        help="Mean days between purchases, of those who bought twice",
    )
    lengthening = fields.Float(
        digits=(16, 2),
        aggregator="avg",
        help="The interval against that of the same group a year before",
    )
    breadth = fields.Float(
        "Categories", digits=PERCENT, aggregator="avg", help="Per buyer"
    )
    price_share = fields.Float(
        "Bought Cheaper (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Part of the amount with a discount or promotion, where known",
    )
    referrals = fields.Integer(aggregator="avg")
    satisfaction = fields.Float("Satisfaction (%)", digits=PERCENT, aggregator="avg")
    engagement = fields.Float(digits=PERCENT, aggregator="avg", help="Per customer")
    risk = fields.Float(
        "Risk of Loss (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Known for the latest period only",
    )
    amount = fields.Float("Bought", digits=(16, 2), aggregator="avg")
    margin = fields.Float(
        digits=(16, 2), aggregator="avg", help="Where the cost is known"
    )
    costed_share = fields.Float(
        "Cost Known (%)", digits=PERCENT, aggregator="avg", help="Of the amount"
    )
    retention = fields.Float(
        "Retention (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Of those who bought in the year before, those who bought again",
    )
    retention_base = fields.Integer(
        "Buyers Before", aggregator="avg", help="What retention is a part of"
    )

    # Of the latest period: what a customer's own drivers are compared with.
    driver_frequency = fields.Float(digits=PERCENT, aggregator="avg")
    driver_service = fields.Float(digits=PERCENT, aggregator="avg")
    driver_price = fields.Float(digits=PERCENT, aggregator="avg")
    driver_advocacy = fields.Float(digits=PERCENT, aggregator="avg")

    _group_idx = models.Index("(company_id, kind, date)")

    @api.depends("kind", "segment_id", "level_id", "branch_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for group in self:
            member = group.segment_id or group.level_id or group.branch_id
            group.display_name = member.display_name or kinds[group.kind]

    @api.model
    def _get_latest(self, company, kinds):
        """Rows of the company's last measurement, the largest groups first."""
        here = [("company_id", "=", company.id)]
        last = self.search([*here, ("kind", "=", "all")], order="date desc", limit=1)
        return self.search(
            [*here, ("kind", "in", kinds), ("date", "=", last.date)],
            order="buyers desc, id",
        )

    def _get_known(self):
        """Names of the measures of one row that are not empty: 0 is known, NULL not."""
        self.ensure_one()
        [row] = self.env.execute_query_dict(
            SQL("SELECT * FROM crm_loyalty_group WHERE id = %s", self.id)
        )
        return {name for name, value in row.items() if value is not None}


class LoyaltyProfit(models.Model):
    """Profit per customer in each year of tenure, in the parts of Reichheld & Sasser.

    Averages of those who bought in that year, against their own first year.
    """

    _name = "crm.loyalty.profit"
    _description = "Profit by Year of Tenure"
    _order = "company_id, year"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="As Of", required=True)
    year = fields.Integer("Year of Tenure", required=True, aggregator=None)
    year_name = fields.Char("Year")
    customers = fields.Integer(help="Who were customers for that long and bought in it")
    is_enough = fields.Boolean("Enough Data")
    base = fields.Float(
        "Base Profit",
        digits=(16, 2),
        aggregator="avg",
        help="Margin of the same customers' first year",
    )
    purchases = fields.Float(
        "More Purchases", digits=(16, 2), aggregator="avg", help="Growth of margin"
    )
    service = fields.Float(
        "Lower Service Cost",
        digits=(16, 2),
        aggregator="avg",
        help="Contacts per purchase saved against the first year, at the stated cost",
    )
    referrals = fields.Float(
        digits=(16, 2),
        aggregator="avg",
        help="Customers brought in the year, each with the margin of a first year",
    )
    price = fields.Float(
        "Lower Price Sensitivity",
        digits=(16, 2),
        aggregator="avg",
        help="Smaller discounts than in the first year, on what was bought",
    )
    total = fields.Float(digits=(16, 2), aggregator="avg")
    note = fields.Char(help="What is missing and why")

    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._("Year %(year)s", year=row.year)
