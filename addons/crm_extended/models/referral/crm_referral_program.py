from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...referrals import code as codes


class ReferralProgram(models.Model):
    """What customers get for bringing customers, and when.

    Both sides are rewarded when the new customer's first purchase was kept over the
    time of returns. Each reward also happens as the loyalty event `referral` of the
    customer who brought the other, which programmes and badges may count.
    """

    _name = "crm.referral.program"
    _description = "Referral Programme"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    landing_path = fields.Char(
        string="Link Leads To",
        default="/",
        required=True,
        help="A page of this site, such as /shop. The link never leads elsewhere",
    )
    window_days = fields.Integer(
        string="Days to Buy",
        default=90,
        required=True,
        help="The new customer buys for the first time within so many days",
    )
    return_days = fields.Integer(
        string="Days to Return",
        default=14,
        required=True,
        help="The reward comes so many days after the purchase, if it was kept",
    )
    minimum = fields.Monetary(
        string="Purchase of At Least",
        help="Bought less returned, without tax, when the days to return are over",
    )
    most = fields.Integer(
        string="Most in 30 Days",
        default=10,
        help="Who brings more waits for a decision. 0: no limit",
    )
    point_program_id = fields.Many2one(
        "loyalty.program",
        string="Points Of",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'loyalty')]",
    )
    referrer_points = fields.Float(string="Points for Who Brings")
    friend_points = fields.Float(string="Points for Who Is Brought")
    referrer_coupon_id = fields.Many2one(
        "loyalty.program",
        string="Coupon for Who Brings",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', 'in', ('coupons', 'gift_card', 'ewallet'))]",
    )
    friend_coupon_id = fields.Many2one(
        "loyalty.program",
        string="Coupon for Who Is Brought",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', 'in', ('coupons', 'gift_card', 'ewallet'))]",
    )
    coupon_points = fields.Float(
        string="Value of a Coupon",
        default=1.0,
        help="Points on the coupon; money on a gift card or e-wallet",
    )
    referral_ids = fields.One2many("crm.referral", "program_id", readonly=True)
    referral_count = fields.Integer(compute="_compute_referral_count")

    _days_positive = models.Constraint(
        "CHECK (window_days BETWEEN 1 AND 1000 AND return_days BETWEEN 0 AND 365)",
        "There are 1 to 1000 days to buy and 0 to 365 days to return.",
    )
    _rewards_positive = models.Constraint(
        "CHECK (minimum >= 0 AND most >= 0 AND referrer_points >= 0 "
        "AND friend_points >= 0 AND coupon_points > 0)",
        "Amounts of a referral programme are 0 or more.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_referral_count(self):
        groups = self.env["crm.referral"]._read_group(
            [("program_id", "in", self.ids)], ["program_id"], ["__count"]
        )
        counts = {program.id: count for program, count in groups}
        for program in self:
            program.referral_count = counts.get(program._origin.id, 0)

    @api.constrains("landing_path")
    def _check_landing_path(self):
        for program in self:
            if not codes.is_local(program.landing_path):
                raise ValidationError(
                    self.env._(
                        "%(path)s is no page of this site. Enter its path, such as "
                        "/shop.",
                        path=program.landing_path,
                    )
                )

    @api.constrains("referrer_points", "friend_points", "point_program_id")
    def _check_points(self):
        for program in self:
            if (program.referrer_points or program.friend_points) and not (
                program.point_program_id
            ):
                raise ValidationError(
                    self.env._(
                        "Choose the programme whose points “%(name)s” gives.",
                        name=program.name,
                    )
                )

    @api.model
    def _get_current(self, company=None):
        """The programme of a company that new codes are made for."""
        company = company or self.env.company
        return self.sudo().search([("company_id", "=", company.id)], limit=1)

    def action_open_referrals(self):
        """Open who brought whom."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_referral"
        )
        return {**action, "domain": [("program_id", "=", self.id)], "context": {}}
