from odoo import api, fields, models
from odoo.tools import SQL

VALUES = """
    SELECT DISTINCT ON (v.program_id) v.program_id, v.value
      FROM crm_loyalty_point_value v
     WHERE v.program_id = ANY(%(programs)s) AND v.date_from <= %(day)s
       AND (v.company_id IS NULL OR v.company_id = %(company)s)
  ORDER BY v.program_id, v.company_id NULLS LAST, v.date_from DESC
"""


class LoyaltyPointValue(models.Model):
    """What one point of a programme is worth in money, from a day on.

    It is stated, not guessed, because the accounts follow it. A row of a company goes
    before one for all companies. Money is in the currency of the programme.
    """

    _name = "crm.loyalty.point.value"
    _description = "Value of a Point"
    _order = "program_id, date_from desc, id desc"

    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: for all companies"
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    value = fields.Float(
        string="Money per Point",
        digits=(16, 6),
        required=True,
        aggregator=None,
        help="What a customer saves with one point when he redeems it, without tax, in "
        "the currency of the programme",
    )
    currency_id = fields.Many2one(related="program_id.currency_id")
    note = fields.Char(help="How the value was found, for whoever audits it")

    _value_once = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (program_id, company_id, date_from)",
        "The programme has a value from this day already; change that one.",
    )
    _value_range = models.Constraint(
        "CHECK (value >= 0 AND value < 1e9)",
        "A point is worth 0 or more, and less than a billion.",
    )

    @api.depends("program_id", "date_from", "value")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.program_id.name}: {record.value:g}"

    @api.model
    def _get_stated(self, programs, company, day):
        """Values stated for `day` as {programme id: money per point}."""
        if not programs.ids:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                VALUES,
                programs=list(programs.ids),
                company=company.id or None,
                day=day,
            )
        )
        return dict(rows)
