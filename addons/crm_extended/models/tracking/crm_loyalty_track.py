from odoo import api, fields, models
from odoo.tools import SQL

DRIVERS = [
    ("frequency", "Frequency"),
    ("service", "Service"),
    ("price", "Price"),
    ("advocacy", "Advocacy"),
]
RISKS = [
    ("model", "Probability model"),
    ("interval", "Own buying interval"),
]
PERCENT = (16, 1)


class LoyaltyTrack(models.Model):
    """How loyal a customer of a company is, this year against his year before.

    A row per customer who ever bought, written by SQL in sets when loyalty is tracked,
    never by people. The year are the 365 days up to the day of tracking. Empty means
    that nobody knows, never 0.
    """

    _name = "crm.loyalty.track"
    _description = "Customer's Loyalty"
    _order = "loyalty desc, id"
    _log_access = False
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="As Of", required=True)
    first_date = fields.Date(string="First Purchase")
    last_date = fields.Date(string="Last Purchase")
    tenure = fields.Float(
        "Tenure (Months)", digits=PERCENT, aggregator="avg", help="Since first purchase"
    )
    purchase_days = fields.Integer(
        aggregator="avg", help="Days of the year on which something was bought"
    )
    purchase_days_before = fields.Integer(aggregator="avg")
    amount = fields.Float("Bought", digits=(16, 2), help="In the year, less returns")
    amount_before = fields.Float("Bought Before", digits=(16, 2))
    regularity = fields.Integer(
        "Quarters with a Purchase", aggregator="avg", help="Of the last four"
    )
    regularity_before = fields.Integer("Quarters Before", aggregator="avg")
    usual_interval = fields.Float(
        "Usual Interval (Days)",
        digits=PERCENT,
        aggregator="avg",
        help="Mean of the customer's own; the median of all after one purchase only",
    )
    waiting = fields.Integer(
        "Days Since Last", aggregator="avg", help="Days since the last purchase"
    )
    lengthening = fields.Float(
        digits=(16, 2),
        aggregator="avg",
        help="The last interval, or the running one when it is longer, against the "
        "customer's habit before: 2 is twice as long. From three purchases on",
    )
    breadth = fields.Integer(
        "Categories", aggregator="avg", help="Product categories bought in the year"
    )
    breadth_before = fields.Integer("Categories Before", aggregator="avg")
    price_share = fields.Float(
        "Bought Cheaper (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Of what was paid in the year, the part on lines with a discount or on "
        "orders with the reward of a promotion. Purchases of which nobody knows "
        "(imports) are left out",
    )
    price_share_before = fields.Float(
        "Bought Cheaper Before (%)", digits=PERCENT, aggregator="avg"
    )
    satisfaction = fields.Float(
        "Satisfaction (%)",
        digits=PERCENT,
        aggregator="avg",
        help="Mean of the year's ratings, scored surveys and satisfaction answers, 0 "
        "to 100",
    )
    satisfaction_before = fields.Float(
        "Satisfaction Before (%)", digits=PERCENT, aggregator="avg"
    )
    contacts_in = fields.Integer("Contacts From", aggregator="avg")
    contacts_out = fields.Integer("Contacts To", aggregator="avg")
    mail_opens = fields.Integer("Mailings Opened", aggregator="avg")
    engagement = fields.Integer(
        aggregator="avg",
        help="Times in the year that the customer turned to us or opened a mailing",
    )
    engagement_before = fields.Integer(aggregator="avg")
    referrals = fields.Integer(help="Customers brought so far")
    risk = fields.Float(
        "Risk of Loss (%)",
        digits=PERCENT,
        aggregator="avg",
        help="From the probability model when it knows the customer. Else by his own "
        "interval: 0 until the usual interval has passed, 100 when three have passed "
        "without a purchase, even in between",
    )
    risk_source = fields.Selection(RISKS, string="Risk By")
    driver_frequency = fields.Float(
        "Frequency",
        digits=PERCENT,
        aggregator="avg",
        help="Share of customers who buy on fewer days of the year",
    )
    driver_frequency_before = fields.Float(digits=PERCENT, aggregator="avg")
    driver_service = fields.Float(
        "Service", digits=PERCENT, aggregator="avg", help="The customer's satisfaction"
    )
    driver_service_before = fields.Float(digits=PERCENT, aggregator="avg")
    driver_price = fields.Float(
        "Price", digits=PERCENT, aggregator="avg", help="Share bought cheaper"
    )
    driver_price_before = fields.Float(digits=PERCENT, aggregator="avg")
    driver_advocacy = fields.Float(
        "Advocacy",
        digits=PERCENT,
        aggregator="avg",
        help="70 for one customer brought and 10 for each more; 60 for a satisfaction "
        "of 90 and more; else 0, or empty when nobody asked",
    )
    driver_advocacy_before = fields.Float(digits=PERCENT, aggregator="avg")
    driver = fields.Selection(
        DRIVERS,
        string="Loyal By",
        help="The strongest of the four when it is 50 and more and something was "
        "bought in the year",
    )
    loyalty = fields.Float(
        "Loyalty (of 100)",
        digits=PERCENT,
        aggregator="avg",
        help="Mean of frequency, quarters with a purchase, breadth and engagement "
        "among all customers, certainty to stay, and satisfaction where known",
    )
    reason = fields.Char(string="In Words", compute="_compute_reason")

    _customer_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)", "A customer has one row in a company."
    )
    _company_loyalty_idx = models.Index("(company_id, loyalty DESC)")

    def _compute_display_name(self):
        for track in self:
            track.display_name = track.partner_id.display_name

    def _get_known(self):
        """Names of the measures of one row that are not empty: 0 is known, NULL not."""
        self.ensure_one()
        [row] = self.env.execute_query_dict(
            SQL("SELECT * FROM crm_loyalty_track WHERE id = %s", self.id)
        )
        return {name for name, value in row.items() if value is not None}

    @api.depends("driver", "lengthening", "risk", "purchase_days")
    @api.depends_context("lang")
    def _compute_reason(self):
        names = dict(self._fields["driver"]._description_selection(self.env))
        for track in self:
            parts = []
            if not track.purchase_days:
                parts.append(self.env._("Nothing bought for a year."))
            elif track.driver:
                parts.append(
                    self.env._("Loyal by %(what)s.", what=names[track.driver].lower())
                )
            else:
                parts.append(self.env._("Nothing stands out that binds this customer."))
            if track.lengthening >= 1.5:
                parts.append(
                    self.env._(
                        "The interval is %(times)s times the habit.",
                        times=round(track.lengthening, 1),
                    )
                )
            if track.purchase_days_before and track.purchase_days:
                change = track.purchase_days - track.purchase_days_before
                if change > 0:
                    parts.append(self.env._("Buys more often than a year ago."))
                elif change < 0:
                    parts.append(self.env._("Buys less often than a year ago."))
            if track.risk >= 50:
                parts.append(
                    self.env._("Risk of loss %(risk)s%%.", risk=round(track.risk))
                )
            track.reason = " ".join(parts)
