from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

KINDS = [
    ("points", "Points earned"),
    ("spend", "Spent"),
    ("orders", "Purchases"),
    ("tenure", "Months as a customer"),
    ("segment", "In segment"),
]


class LoyaltyTierRule(models.Model):
    """One thing that a level asks for: a number reached in the period, or a segment."""

    _name = "crm.loyalty.tier.rule"
    _description = "Rule of a Loyalty Level"
    _order = "level_id, sequence, id"
    _check_company_auto = True

    level_id = fields.Many2one(
        "crm.loyalty.tier.level", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="level_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        KINDS,
        default="spend",
        required=True,
        help="Spending is without tax, in the company's currency; what was credited or "
        "returned is taken off",
    )
    minimum = fields.Float(string="At Least")
    span = fields.Selection(
        [("period", "In the period"), ("ever", "Ever")],
        string="Counted",
        default="period",
        required=True,
    )
    segment_id = fields.Many2one("crm.segment", check_company=True, ondelete="restrict")

    _minimum_positive = models.Constraint(
        "CHECK (minimum >= 0 AND minimum < 1e15)", "A rule asks for 0 or more."
    )

    @api.constrains("kind", "minimum", "segment_id")
    def _check_complete(self):
        for rule in self:
            if rule.kind == "segment" and not rule.segment_id:
                raise ValidationError(
                    self.env._(
                        "Choose the segment of the rule of level %(level)s.",
                        level=rule.level_id.name,
                    )
                )
            if rule.kind != "segment" and not rule.minimum > 0:
                raise ValidationError(
                    self.env._(
                        "Say how much the rule “%(rule)s” of level %(level)s asks for. "
                        "A level that asks for nothing has no rules.",
                        rule=dict(
                            rule._fields["kind"]._description_selection(self.env)
                        )[rule.kind],
                        level=rule.level_id.name,
                    )
                )

    def _describe(self):
        """The rule in words: spent 1,000.00 €"""
        self.ensure_one()
        if self.kind == "segment":
            return self.env._("in segment %(name)s", name=self.segment_id.name or "?")
        return self._tell(self.minimum)

    def _tell(self, number):
        """A number of what the rule counts, in words of the reader's language."""
        self.ensure_one()
        if self.kind == "spend":
            currency = self.level_id.tier_id.currency_id
            return self.env._(
                "%(amount)s spent",
                amount=formatLang(self.env, number, currency_obj=currency),
            )
        if number == 1 and self.kind == "orders":
            return self.env._("1 purchase")
        amount = formatLang(self.env, number, digits=0)
        return {
            "points": self.env._("%(number)s points", number=amount),
            "orders": self.env._("%(number)s purchases", number=amount),
            "tenure": self.env._("%(number)s months as a customer", number=amount),
        }[self.kind]
