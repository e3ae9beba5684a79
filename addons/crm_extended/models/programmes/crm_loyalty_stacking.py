from odoo import api, fields, models


class LoyaltyStacking(models.Model):
    """Programmes of which an order has one, or a few: the best ones or the first ones.

    Programmes outside of any group are added to whatever else the order has, as Odoo
    does it.
    """

    _name = "crm.loyalty.stacking"
    _description = "Stacking Group"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
        help="Empty: shared by all companies",
    )
    mode = fields.Selection(
        [
            ("best", "What is worth most to the customer"),
            ("priority", "What comes first in the list"),
        ],
        string="Which Stay",
        default="best",
        required=True,
    )
    limit = fields.Integer(
        string="How Many",
        default=1,
        required=True,
        help="So many programmes of the group an order may have",
    )
    program_ids = fields.One2many(
        "loyalty.program", "crm_stacking_id", string="Programmes"
    )
    program_count = fields.Integer(compute="_compute_program_count")

    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 1)', "At least one programme of a group is allowed."
    )

    @api.depends("program_ids")
    def _compute_program_count(self):
        for group in self:
            group.program_count = len(group.program_ids)
