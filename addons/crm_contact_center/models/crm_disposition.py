from odoo import fields, models


class Disposition(models.Model):
    """How a contact ended, in the words of the shop; chosen when an item is done."""

    _name = "crm.disposition"
    _description = "Outcome of a Contact"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Short name used in reports. Unique."
    )
    solved = fields.Boolean(
        string="Customer Helped",
        default=True,
        help="Whether the customer got what he came for; counts as solved in reports",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: shared by all companies"
    )

    _code_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (code, company_id)",
        "Another outcome has the same code. Choose a different code.",
    )
