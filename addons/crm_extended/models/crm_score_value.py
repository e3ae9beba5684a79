from odoo import fields, models


class CrmScoreValue(models.Model):
    """What one score says about one customer, kept beside the customer.

    Rows are written by SQL in sets (`crm.score._store`), never by people: a million new
    estimates must not rewrite a million wide customer rows.
    """

    _name = "crm.score.value"
    _description = "Score of a Customer"
    _order = "score_id, partner_id"
    _log_access = False

    score_id = fields.Many2one(
        "crm.score", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", index=True, ondelete="cascade")
    value = fields.Float(required=True, aggregator="avg")
    date = fields.Date(required=True, help="Day since which this value holds")
    version = fields.Char(help="Version of the model that gave the value")
    evidence = fields.Json(help="The figures the value was computed from")

    _score_partner_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (score_id, partner_id, company_id)",
        "A customer has one value of a score in a company.",
    )
    _value_finite = models.Constraint(
        "CHECK (value > '-Infinity' AND value < 'Infinity')",
        "A score is a finite number.",
    )
    _score_value_idx = models.Index("(score_id, value)")
