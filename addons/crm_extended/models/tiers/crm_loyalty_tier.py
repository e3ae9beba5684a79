from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tiers.period import Period

PERIODS = [
    ("rolling", "The last months"),
    ("year", "Calendar year"),
    ("quarter", "Calendar quarter"),
    ("month", "Calendar month"),
]
AUDIENCES = [
    ("card", "Holders of a card of the programme"),
    ("customer", "All customers"),
]


class LoyaltyTier(models.Model):
    """A ladder of levels, such as Bronze, Silver and Gold, that customers climb.

    Rules of a level look at one period. Who fits a higher level gets it at once; who
    fits less keeps the level until its day and the days of grace are over, and then
    goes down one level at a time where the landing is soft. Levels change by evaluation
    only, by a few statements for any number of customers.
    """

    _name = "crm.loyalty.tier"
    _description = "Loyalty Tiers"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("draft", "In Preparation"), ("running", "Running"), ("paused", "Paused")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    audience = fields.Selection(AUDIENCES, default="card", required=True)
    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        check_company=True,
        domain="[('program_type', 'in', ('loyalty', 'ewallet'))]",
        ondelete="restrict",
        help="Whose points count and whose card holders take part. Without one, points "
        "of all loyalty programmes of the company count",
    )
    segment_id = fields.Many2one(
        "crm.segment",
        string="Only for Segment",
        check_company=True,
        ondelete="restrict",
        help="Empty: for everyone of the audience",
    )
    period = fields.Selection(PERIODS, default="rolling", required=True, tracking=True)
    period_months = fields.Integer(string="Months", default=12, required=True)
    keep_more = fields.Integer(
        string="Kept For",
        default=12,
        required=True,
        help="What was reached is kept: in a rolling period for this many months, in a "
        "calendar period to its end and for this many periods more",
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        default=14,
        help="After the last day to keep, a level is lost only so many days later",
    )
    soft_landing = fields.Boolean(
        default=True, help="Whoever loses a level goes down by one level only"
    )
    notice_days = fields.Integer(
        string="Notice Before",
        default=30,
        help="So many days before a level would be lost the member is told by mail. "
        "0: nobody is told",
    )
    notice_template_id = fields.Many2one(
        "mail.template",
        string="Notice",
        domain="[('model', '=', 'crm.loyalty.tier.member')]",
        default=lambda self: self.env.ref(
            "crm_extended.mail_template_tier_notice", False
        ),
    )
    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Consent Purpose",
        default=lambda self: self.env.ref(
            "crm_extended.consent_purpose_service", False
        ),
        help="Mails about levels go only to those who may be addressed for it",
    )
    level_ids = fields.One2many("crm.loyalty.tier.level", "tier_id", copy=True)
    member_count = fields.Integer(compute="_compute_member_count")
    evaluated_at = fields.Datetime(string="Last Evaluation", readonly=True, copy=False)
    feed_seq = fields.Float(
        digits=(20, 0), readonly=True, copy=False, help="Place in the change feed"
    )

    _months_positive = models.Constraint(
        "CHECK (period_months BETWEEN 1 AND 120 AND keep_more BETWEEN 0 AND 120)",
        "A period lasts 1 to 120 months, and a level is kept for up to 120 more.",
    )
    _days_positive = models.Constraint(
        "CHECK (grace_days BETWEEN 0 AND 730 AND notice_days BETWEEN 0 AND 730)",
        "Days of grace and of notice are 0 to 730.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_member_count(self):
        groups = self.env["crm.loyalty.tier.member"]._read_group(
            [("tier_id", "in", self.ids), ("valid_to", "=", False)],
            ["tier_id"],
            ["__count"],
        )
        counts = {tier.id: count for tier, count in groups}
        for tier in self:
            tier.member_count = counts.get(tier._origin.id, 0)

    @api.constrains("audience", "program_id")
    def _check_audience(self):
        for tier in self:
            if tier.audience == "card" and not tier.program_id:
                raise ValidationError(
                    self.env._(
                        "Choose the programme whose card holders climb “%(tier)s”, or "
                        "let all customers take part.",
                        tier=tier.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        if used := self.filtered("member_count"):
            raise UserError(
                self.env._(
                    "“%(tier)s” has members, whose history would be lost. Archive it "
                    "instead.",
                    tier=used[0].name,
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for tier, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%(name)s (copy)", name=tier.name)
        return vals_list

    # ------------------------------------------------------------------ parts

    def _get_period(self):
        self.ensure_one()
        return Period(self.period, self.period_months)

    def _get_ranked(self):
        """Levels from the lowest, whose place in it, from 1, is their rank."""
        self.ensure_one()
        levels = self.level_ids.filtered("active")
        return levels.sorted(lambda level: (level.sequence, level.id))
