from odoo import api, fields, models
from odoo.exceptions import ValidationError

SATISFACTION = [
    ("1", "Unhappy"),
    ("2", "Rather Unhappy"),
    ("3", "So-so"),
    ("4", "Happy"),
    ("5", "Very Happy"),
]


class CrmCompetitorProduct(models.Model):
    """A competitor's product that a customer uses: how long, and how happily."""

    _name = "crm.competitor.product"
    _description = "Competitor's Product in Use"
    _order = "until desc nulls first, since desc, id desc"

    name = fields.Char(string="Product", required=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    competitor_id = fields.Many2one("res.partner", index=True, ondelete="set null")
    category_id = fields.Many2one(
        "product.category", string="Product Category", ondelete="set null"
    )
    since = fields.Date()
    until = fields.Date(help="When the customer stopped using it, or the contract ends")
    satisfaction = fields.Selection(SATISFACTION)
    user_id = fields.Many2one(
        "res.users", string="Noted by", default=lambda self: self.env.user
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    note = fields.Text()

    _period = models.Constraint(
        "CHECK (until >= since)", "The last day of use is before the first one."
    )

    @api.constrains("partner_id", "competitor_id")
    def _check_competitor(self):
        for row in self:
            if row.competitor_id and row.competitor_id == row.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be its own competitor.",
                        name=row.partner_id.display_name,
                    )
                )
