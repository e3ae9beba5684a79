from odoo import fields, models


class CrmScore(models.Model):
    """A named estimate about customers, with the proof that it beats a naive guess."""

    _name = "crm.score"
    _description = "Score"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Short technical name, unique: clv, recency"
    )
    sequence = fields.Integer(default=10)
    unit = fields.Char(translate=True, help="What one is: days, purchases, EUR")
    description = fields.Text(
        translate=True, help="What the score says about a customer, in plain words"
    )
    decimals = fields.Integer(default=2, help="Digits shown after the decimal point")
    higher_is_better = fields.Boolean(
        default=True, help="Off where a low value is good, as days since the last purchase"
    )
    active = fields.Boolean(default=True)
    version = fields.Char(
        readonly=True, copy=False, help="Version of the model that gave the last values"
    )
    run_date = fields.Date(
        readonly=True, copy=False, help="Day for which the scores were last computed"
    )
    backtest = fields.Json(
        readonly=True, copy=False, help="{metric: {model: error, baseline: error}}"
    )
    backtest_text = fields.Text(
        readonly=True, copy=False, help="How the score did on a past it had not seen"
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another score already has this code; choose a different one."
    )
    _decimals_range = models.Constraint(
        "CHECK (decimals BETWEEN 0 AND 6)", "A score shows between 0 and 6 decimals."
    )
