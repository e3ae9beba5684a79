import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...earning import uplift
from ..sources.purchase_lines import purchase_lines

POPULATION = """
WITH bought AS MATERIALIZED (
    SELECT p.partner_id, p.date, p.amount, p.origin, p.origin_id
      FROM (%(purchases)s) p
     WHERE p.company_id = %(company)s AND p.date >= %(before)s AND p.date <= %(last)s
), customer AS (
    SELECT b.partner_id FROM bought b
      JOIN res_partner c ON c.id = b.partner_id
     WHERE b.date < %(first)s AND %(audience)s
  GROUP BY b.partner_id
), outcome AS (
    SELECT c.partner_id, %(control)s AS control,
           COALESCE(SUM(b.amount), 0)::float8 AS revenue,
           COUNT(DISTINCT b.date)::float8 AS purchases
      FROM customer c
      LEFT JOIN bought b ON b.partner_id = c.partner_id AND b.date >= %(first)s
  GROUP BY c.partner_id
)
SELECT control, COUNT(*),
       SUM(revenue), SUM(revenue ^ 2), SUM(revenue ^ 3),
       COUNT(*) FILTER (WHERE revenue <> 0),
       SUM(purchases), SUM(purchases ^ 2), SUM(purchases ^ 3),
       COUNT(*) FILTER (WHERE purchases <> 0)
  FROM outcome GROUP BY control
"""


class LoyaltyUplift(models.Model):
    """What a programme brought: its customers against its control group.

    Compared are all customers who had bought before the programme's control group
    began, whether they used the programme or not: whoever joined later did so because
    of it, and would make the comparison unfair. Welch's interval of the difference of
    means says how sure the figure is (`earning.uplift`).
    """

    _name = "crm.loyalty.uplift"
    _inherit = ["crm.run.mixin"]
    _description = "What a Programme Brings"
    _order = "id desc"

    program_id = fields.Many2one(
        "loyalty.program",
        string="Programme",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('crm_control_share', '>', 0)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="Whose purchases are compared",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", help="Empty: since the control group began")
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    lookback_months = fields.Integer(
        string="Customers of (months)",
        default=12,
        required=True,
        help="Customers who had bought in so many months before the first day",
    )
    treated_count = fields.Integer(string="With Programme", readonly=True, copy=False)
    control_count = fields.Integer(string="Control Group", readonly=True, copy=False)
    revenue_treated = fields.Monetary(readonly=True, copy=False)
    revenue_control = fields.Monetary(readonly=True, copy=False)
    revenue_difference = fields.Monetary(
        string="More Turnover per Customer", readonly=True, copy=False
    )
    revenue_low = fields.Monetary(readonly=True, copy=False)
    revenue_high = fields.Monetary(readonly=True, copy=False)
    revenue_p = fields.Float(
        string="Chance of This Without an Effect",
        readonly=True,
        copy=False,
        digits=(6, 4),
        aggregator=None,
    )
    purchase_difference = fields.Float(
        string="More Purchases per Customer", readonly=True, copy=False, digits=(16, 3)
    )
    verdict = fields.Selection(
        [
            ("more", "Brings more"),
            ("less", "Brings less"),
            ("unsure", "Not sure yet"),
            ("few", "Too few customers"),
        ],
        readonly=True,
        copy=False,
    )
    total = fields.Monetary(
        string="More Turnover in All",
        readonly=True,
        copy=False,
        help="The difference per customer for all customers with the programme",
    )
    needed_count = fields.Integer(
        string="Customers Needed",
        readonly=True,
        copy=False,
        help="In all, to see a difference of 5 % of the turnover per customer four "
        "times of five",
    )
    warning_codes = fields.Char(readonly=True, copy=False)
    warning_text = fields.Text(string="Mind", compute="_compute_warning_text")
    chart = fields.Json(string="Picture", readonly=True, copy=False)

    _lookback_range = models.Constraint(
        "CHECK (lookback_months BETWEEN 1 AND 120)",
        "Look back 1 to 120 months.",
    )

    @api.depends("program_id", "date_from", "date_to")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "%(program)s to %(last)s",
                program=run.program_id.name or "",
                last=run.date_to or "",
            )

    @api.depends("warning_codes", "needed_count")
    @api.depends_context("lang")
    def _compute_warning_text(self):
        for run in self:
            codes = (run.warning_codes or "").split()
            run.warning_text = "\n".join(run._tell_warning(code) for code in codes)

    def _tell_warning(self, code):
        return {
            "few": self.env._(
                "A group has fewer than %(fewest)s customers: conclude nothing yet.",
                fewest=uplift.FEWEST,
            ),
            "skewed": self.env._(
                "Few customers buy very much. With so few customers in a group the "
                "interval is only rough."
            ),
            "nobody": self.env._(
                "Nobody bought anything: there is nothing to compare."
            ),
            "power": self.env._(
                "About %(needed)s customers in all are needed to see a difference of "
                "5 %%. Wait, or make the control group larger.",
                needed=f"{self.needed_count:,}",
            ),
        }.get(code, code)

    def _get_first_day(self):
        return self.date_from or self.program_id.crm_control_since

    def _check_startable(self):
        program = self.program_id
        if not program.crm_control_share or not program.crm_control_since:
            raise UserError(
                self.env._(
                    "“%(program)s” has no control group. Set its share on the "
                    "programme, page Limits, and come back when customers have bought.",
                    program=program.name,
                )
            )
        if self._get_first_day() > self.date_to:
            raise UserError(self.env._("The first day comes before the last."))

    # ------------------------------------------------------------------ the work

    def _execute(self):
        self._check_startable()
        self.env.flush_all()
        self._report(0, 1, self.env._("Reading purchases"))
        sums = {row[0]: row[1:] for row in self.env.execute_query(self._get_sql())}
        nothing = (0,) * 9
        groups = {
            name: tuple(
                uplift.Group(
                    row[0], *(float(v or 0) for v in row[at : at + 3]), row[at + 3]
                )
                for row in (sums.get(False, nothing), sums.get(True, nothing))
            )
            for name, at in (("revenue", 1), ("purchases", 5))
        }
        revenue = uplift.compare(*groups["revenue"])
        purchases = uplift.compare(*groups["purchases"])
        return self._prepare_outcome(groups, revenue, purchases)

    def _get_sql(self):
        program, first = self.program_id, self._get_first_day()
        audience = SQL("c.active AND NOT (c.id = ANY(%s))", self._get_technical())
        if program.crm_segment_ids:
            audience = SQL(
                "%s AND EXISTS (SELECT FROM crm_segment_member m "
                "WHERE m.partner_id = c.id AND m.segment_id = ANY(%s) "
                "AND m.valid_from <= %s AND (m.valid_to IS NULL OR m.valid_to > %s))",
                audience,
                program.crm_segment_ids.ids,
                first,
                first,
            )
        return SQL(
            POPULATION,
            purchases=purchase_lines(),
            company=self.company_id.id,
            before=fields.Date.add(first, months=-self.lookback_months),
            first=first,
            last=self.date_to,
            audience=audience,
            control=program._get_control_sql(SQL("c.partner_id")),
        )

    def _get_technical(self):
        return list(self.env["crm.exchange"]._technical_partners())

    def _prepare_outcome(self, groups, revenue, purchases):
        treated, control = groups["revenue"]
        effect = 0.05 * abs(control.mean or treated.mean)
        share = self.program_id.crm_control_share / 100
        needed = uplift.needed(treated.variance, effect, share)
        warnings = list(revenue.warnings)
        if needed > treated.count + control.count and not revenue.is_sure:
            warnings.append("power")
        return {
            "treated_count": treated.count,
            "control_count": control.count,
            "revenue_treated": treated.mean,
            "revenue_control": control.mean,
            "revenue_difference": revenue.difference,
            "revenue_low": _finite(revenue.low),
            "revenue_high": _finite(revenue.high),
            "revenue_p": revenue.p,
            "purchase_difference": purchases.difference,
            "verdict": _judge(revenue),
            "total": revenue.difference * treated.count,
            "needed_count": needed,
            "warning_codes": " ".join(warnings),
            "chart": {
                "kind": "uplift",
                "rows": [
                    _row("revenue", *groups["revenue"], revenue),
                    _row("purchases", *groups["purchases"], purchases),
                ],
                "currency": self.currency_id.symbol,
            },
        }


def _judge(found):
    if "few" in found.warnings or "nobody" in found.warnings:
        return "few"
    if not found.is_sure:
        return "unsure"
    return "more" if found.difference > 0 else "less"


def _finite(value):
    return value if math.isfinite(value) else 0.0


def _row(name, treated, control, found):
    return {
        "name": name,
        "treated": treated.mean,
        "control": control.mean,
        "difference": found.difference,
        "low": _finite(found.low),
        "high": _finite(found.high),
        "relative": found.relative,
        "p": found.p,
        "sure": found.is_sure,
    }
