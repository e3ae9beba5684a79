from odoo import fields, models


class Branch(models.Model):
    """A place of ours where customers buy: a shop, a warehouse sale, the web shop."""

    _name = "crm.branch"
    _description = "Branch"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Its short name in files. Unique."
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        default=lambda self: self.env.company,
        help="Empty: shared by all companies",
    )
    partner_id = fields.Many2one("res.partner", string="Address", check_company=True)
    active = fields.Boolean(default=True)

    _check_company_auto = True
    _code_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (code, company_id)",
        "Another branch of this company has the same code. Choose a different code.",
    )
