from odoo import fields, models

POINTS = (20, 4)


class LoyaltyPeriodLine(models.Model):
    """What one programme owed before and after a period, in points and in money.

    Redeemed and expired are negative, so each row adds up from left to right. Money of
    a movement is its points at the average that stood behind each point; what remains
    to the closing amount is the change of value and of expected breakage.
    """

    _name = "crm.loyalty.period.line"
    _inherit = "crm.kept.mixin"
    _description = "Loyalty Liability of a Programme"
    _order = "period_id desc, program_id"
    _log_access = False

    period_id = fields.Many2one(
        "crm.loyalty.period", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="period_id.company_id", store=True, precompute=True
    )
    date_to = fields.Date(related="period_id.date_to", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    accounts_id = fields.Many2one(
        "crm.loyalty.accounts", string="Booked By", readonly=True, ondelete="restrict"
    )
    entries = fields.Integer(
        readonly=True, help="Entries of the ledger in the period, by which it was found"
    )
    opening = fields.Float("Opening Points", digits=POINTS, readonly=True)
    earned = fields.Float(digits=POINTS, readonly=True)
    redeemed = fields.Float(digits=POINTS, readonly=True)
    expired = fields.Float(digits=POINTS, readonly=True)
    undone = fields.Float(
        "Reversed",
        digits=POINTS,
        readonly=True,
        help="Earnings taken back, less redemptions given back",
    )
    closing = fields.Float("Closing Points", digits=POINTS, readonly=True)
    rate = fields.Float(
        "Money per Point", digits=(16, 6), readonly=True, aggregator=None
    )
    expected = fields.Float(
        "Expected to Be Redeemed",
        digits=POINTS,
        readonly=True,
        help="Of the closing points",
    )
    breakage = fields.Float(
        "Breakage (%)",
        digits=(5, 2),
        readonly=True,
        aggregator=None,
        help="Of all points earned so far, those that will never be redeemed",
    )
    breakage_note = fields.Char("Breakage Known From", readonly=True)
    money_opening = fields.Monetary("Opening", readonly=True)
    money_earned = fields.Monetary("Deferred", readonly=True)
    money_redeemed = fields.Monetary("Redeemed ", readonly=True)
    money_expired = fields.Monetary("Expired ", readonly=True)
    money_undone = fields.Monetary("Reversed ", readonly=True)
    money_estimate = fields.Monetary(
        "Change of Estimate",
        readonly=True,
        help="Of value per point and of expected breakage",
    )
    money_closing = fields.Monetary("Closing", readonly=True)
    cohort_ids = fields.One2many("crm.loyalty.period.cohort", "line_id", readonly=True)

    _program_once = models.Constraint(
        "UNIQUE (period_id, program_id)", "A programme has one line in a period."
    )

    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.program_id.name} {line.date_to}"

    def _tell_kept(self, labels):
        return self.env._(
            "These figures come from the ledger: %(fields)s. Compute the period again "
            "instead of entering them.",
            fields=labels,
        )


class LoyaltyPeriodCohort(models.Model):
    """Points earned in one month with one programme, as they stood after a period.

    `allocated` is what was deferred for them, found once at the end of their own
    period: later estimates change when it becomes revenue, not how much.
    """

    _name = "crm.loyalty.period.cohort"
    _inherit = "crm.kept.mixin"
    _description = "Points Earned in a Month"
    _order = "line_id desc, month"
    _log_access = False

    line_id = fields.Many2one(
        "crm.loyalty.period.line", required=True, readonly=True, ondelete="cascade"
    )
    period_id = fields.Many2one(related="line_id.period_id", store=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    program_id = fields.Many2one(related="line_id.program_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date("Earned In", required=True, readonly=True)
    age = fields.Integer("Age (Months)", readonly=True, aggregator="avg")
    earned = fields.Float(digits=POINTS, readonly=True)
    undone = fields.Float("Taken Back", digits=POINTS, readonly=True)
    redeemed = fields.Float(digits=POINTS, readonly=True)
    expired = fields.Float(digits=POINTS, readonly=True)
    outstanding = fields.Float(digits=POINTS, readonly=True)
    expected = fields.Float("Redeemed in the End", digits=POINTS, readonly=True)
    allocated = fields.Monetary("Deferred in All", readonly=True)
    liability = fields.Monetary("Still Deferred", readonly=True)

    def _compute_display_name(self):
        for cohort in self:
            cohort.display_name = f"{cohort.program_id.name} {cohort.month}"

    def _tell_kept(self, labels):
        return self.env["crm.loyalty.period.line"]._tell_kept(labels)
