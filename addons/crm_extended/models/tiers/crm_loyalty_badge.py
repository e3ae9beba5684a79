from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

KINDS = [
    ("orders", "Purchases"),
    ("spend", "Spent"),
    ("points", "Points earned"),
    ("categories", "Product categories"),
    ("streak", "Months in a row with a purchase"),
    ("events", "Events"),
    ("referrals", "Customers referred"),
    ("tenure", "Months as a customer"),
    ("level", "Loyalty level"),
]
REPEATS = [
    ("once", "Once"),
    ("year", "Each calendar year anew"),
    ("month", "Each calendar month anew"),
]


class LoyaltyBadge(models.Model):
    """A picture that a customer earns, or a challenge when it has a last day.

    Odoo's gamification is for colleagues: its badges, goals and challenges belong to
    users, are counted by queries per user, and have no prize in points. Customers have
    no user, and are counted here by the million in one statement per badge.
    """

    _name = "crm.loyalty.badge"
    _description = "Loyalty Badge"
    _inherit = ["image.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, help="What members read about it")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("draft", "In Preparation"), ("running", "Running"), ("ended", "Ended")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    match = fields.Selection(
        [("all", "all of"), ("any", "any of")], default="all", required=True
    )
    rule_ids = fields.One2many("crm.loyalty.badge.rule", "badge_id", copy=True)
    rules_text = fields.Char(string="Asks For", compute="_compute_rules_text")
    date_from = fields.Date(string="From", help="Nothing before this day counts")
    date_to = fields.Date(string="To", help="With a last day it is a challenge")
    is_challenge = fields.Boolean(
        compute="_compute_is_challenge", search="_search_is_challenge"
    )
    repeat = fields.Selection(
        REPEATS,
        string="Can Be Earned",
        default="once",
        required=True,
        help="Earned anew, only what happened in that year or month counts",
    )
    prize_points = fields.Float(string="Points as a Prize")
    prize_program_id = fields.Many2one(
        "loyalty.program",
        string="Points Of",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'loyalty')]",
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        string="Coupon as a Prize",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', 'in', ('coupons', 'gift_card', 'ewallet'))]",
    )
    coupon_points = fields.Float(
        string="Value of the Coupon",
        default=1.0,
        help="Points on the coupon; money on a gift card or e-wallet",
    )
    award_ids = fields.One2many("crm.loyalty.badge.award", "badge_id", readonly=True)
    award_count = fields.Integer(compute="_compute_award_count")

    _days_order = models.Constraint(
        "CHECK (date_to >= date_from)", "A challenge ends after it began."
    )
    _prizes_positive = models.Constraint(
        "CHECK (prize_points >= 0 AND prize_points < 1e9 AND coupon_points > 0)",
        "A prize is more than nothing.",
    )

    @api.depends("match", "rule_ids.kind", "rule_ids.minimum", "rule_ids.level_id")
    def _compute_rules_text(self):
        for badge in self:
            glue = self.env._(" or ") if badge.match == "any" else ", "
            badge.rules_text = glue.join(rule._describe() for rule in badge.rule_ids)

    @api.depends("date_to")
    def _compute_is_challenge(self):
        for badge in self:
            badge.is_challenge = bool(badge.date_to)

    def _search_is_challenge(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("date_to", "!=" if True in value else "=", False)]

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_award_count(self):
        groups = self.env["crm.loyalty.badge.award"]._read_group(
            [("badge_id", "in", self.ids)], ["badge_id"], ["__count"]
        )
        counts = {badge.id: count for badge, count in groups}
        for badge in self:
            badge.award_count = counts.get(badge._origin.id, 0)

    @api.constrains("prize_points", "prize_program_id")
    def _check_prize(self):
        for badge in self:
            if badge.prize_points and not badge.prize_program_id:
                raise ValidationError(
                    self.env._(
                        "Choose the programme whose points “%(badge)s” brings.",
                        badge=badge.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        if used := self.filtered("award_count"):
            raise UserError(
                self.env._(
                    "Customers earned “%(badge)s” and would lose it. Archive it "
                    "instead.",
                    badge=used[0].name,
                )
            )

    # ------------------------------------------------------------------ buttons

    def action_start(self):
        """Let customers earn it from the next evaluation on."""
        self.check_access("write")
        if empty := self.filtered(lambda badge: not badge.rule_ids):
            raise UserError(
                self.env._(
                    "Say first what “%(badge)s” asks for: it has no rules.",
                    badge=empty[0].name,
                )
            )
        self.sudo().write({"state": "running"})
        return True

    def action_end(self):
        """Nobody earns it any more; who has it keeps it."""
        self.check_access("write")
        self.sudo().write({"state": "ended"})
        return True

    def action_evaluate(self):
        """Award what was earned, now and not at night."""
        run = self.env["crm.loyalty.badge.run"].create(
            {"badge_ids": [fields.Command.set(self.ids)]}
        )
        run.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.loyalty.badge.run",
            "res_id": run.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_awards(self):
        """Open who earned it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_loyalty_badge_award"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("badge_id", "=", self.id)],
        }


class LoyaltyBadgeRule(models.Model):
    """One thing that a badge asks for."""

    _name = "crm.loyalty.badge.rule"
    _description = "Rule of a Loyalty Badge"
    _order = "badge_id, sequence, id"
    _check_company_auto = True

    badge_id = fields.Many2one(
        "crm.loyalty.badge", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="badge_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, default="orders", required=True)
    minimum = fields.Float(string="At Least", default=1.0)
    event_kind_id = fields.Many2one(
        "crm.loyalty.event.kind", string="Event", ondelete="restrict"
    )
    level_id = fields.Many2one(
        "crm.loyalty.tier.level",
        check_company=True,
        ondelete="restrict",
        help="This level or a higher one",
    )

    _minimum_positive = models.Constraint(
        "CHECK (minimum > 0 AND minimum < 1e15)", "A rule asks for more than 0."
    )

    @api.constrains("kind", "event_kind_id", "level_id")
    def _check_complete(self):
        for rule in self:
            missing = {"events": "event_kind_id", "level": "level_id"}.get(rule.kind)
            if missing and not rule[missing]:
                raise ValidationError(
                    self.env._(
                        "Choose %(field)s of the rule of badge %(badge)s.",
                        field=rule._fields[missing]._description_string(self.env),
                        badge=rule.badge_id.name,
                    )
                )

    def _describe(self):
        """The rule in words: 3 purchases"""
        self.ensure_one()
        if self.kind == "level":
            return self.env._("level %(name)s", name=self.level_id.name or "?")
        return self._tell(self.minimum)

    def _tell(self, number):
        """A number of what the rule counts, in words of the reader's language."""
        self.ensure_one()
        if self.kind == "spend":
            money = formatLang(self.env, number, currency_obj=self.badge_id.currency_id)
            return self.env._("%(amount)s spent", amount=money)
        if number == 1 and self.kind in ("orders", "referrals"):
            one = {
                "orders": self.env._("1 purchase"),
                "referrals": self.env._("1 customer referred"),
            }
            return one[self.kind]
        amount = formatLang(self.env, number, digits=0)
        return {
            "points": self.env._("%(number)s points", number=amount),
            "orders": self.env._("%(number)s purchases", number=amount),
            "tenure": self.env._("%(number)s months as a customer", number=amount),
            "categories": self.env._("%(number)s product categories", number=amount),
            "streak": self.env._("%(number)s months in a row", number=amount),
            "referrals": self.env._("%(number)s customers referred", number=amount),
            "events": self.env._(
                "%(number)s × %(event)s",
                number=amount,
                event=self.event_kind_id.name or "?",
            ),
        }[self.kind]
