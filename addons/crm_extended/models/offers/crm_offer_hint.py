from odoo import api, fields, models
from odoo.exceptions import ValidationError

ORIGINS = [("person", "By Hand"), ("mining", "Found in Baskets")]


class CrmOfferHint(models.Model):
    """Who bought one product wants another: said by a person or found in baskets.

    Mining writes its rules here with origin `mining` and replaces only those.
    """

    _name = "crm.offer.hint"
    _description = "Cross-Selling Hint"
    _order = "confidence desc, id"

    bought_id = fields.Many2one(
        "product.product", string="Who Bought", required=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    offered_id = fields.Many2one(
        "product.product", string="Is Offered", required=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    confidence = fields.Float(
        string="Confidence (%)",
        default=30.0,
        required=True,
        aggregator="avg",
        help="Share of those who bought the one and want the other",
    )
    lift = fields.Float(
        aggregator=None,
        help="How many times more often than by chance; empty when nobody counted",
    )
    within_days = fields.Integer(
        string="Within (days)",
        default=365,
        required=True,
        aggregator=None,
        help="How long after the one the other is still offered",
    )
    origin = fields.Selection(ORIGINS, default="person", required=True, readonly=True)
    words = fields.Char(
        string="Why", translate=True, help="For the customer: 'goes with your piano'"
    )
    company_id = fields.Many2one("res.company", index=True)
    active = fields.Boolean(default=True)

    _bounds = models.Constraint(
        "CHECK (confidence > 0 AND confidence <= 100 AND within_days > 0)",
        "The confidence lies above 0% and up to 100%, the days above 0.",
    )
    _pair_uniq = models.UniqueIndex(
        "(bought_id, offered_id, origin, COALESCE(company_id, 0))",
        "There is such a hint already.",
    )

    @api.constrains("bought_id", "offered_id")
    def _check_different(self):
        for hint in self:
            if hint.bought_id == hint.offered_id:
                raise ValidationError(
                    self.env._(
                        "%(product)s cannot be offered because of itself: what is "
                        "bought again is found without a hint.",
                        product=hint.bought_id.display_name,
                    )
                )

    @api.depends("bought_id", "offered_id")
    def _compute_display_name(self):
        for hint in self:
            one, other = hint.bought_id.display_name, hint.offered_id.display_name
            hint.display_name = f"{one or ''} → {other or ''}"
