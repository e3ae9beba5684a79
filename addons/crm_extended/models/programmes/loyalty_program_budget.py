import math

from odoo import api, fields, models
from odoo.tools import SQL

from ...earning import schema
from ...earning.caps import Cap

LIMITS = ("crm_budget_points", "crm_budget_money", "crm_member_cap")
KEEP = """
    INSERT INTO crm_loyalty_budget AS b
           (program_id, limit_points, limit_money, member_points, point_value,
            used_points, used_money)
    SELECT %(program)s, %(points)s, %(money)s, %(member)s, %(value)s, %(used)s,
           %(used)s * %(value)s
        ON CONFLICT (program_id) DO UPDATE
       SET limit_points = EXCLUDED.limit_points, limit_money = EXCLUDED.limit_money,
           member_points = EXCLUDED.member_points, point_value = EXCLUDED.point_value
     WHERE (b.limit_points, b.limit_money, b.member_points, b.point_value)
           IS DISTINCT FROM (EXCLUDED.limit_points, EXCLUDED.limit_money,
                             EXCLUDED.member_points, EXCLUDED.point_value)
"""
GIVEN = """
    SELECT COALESCE(SUM(e.amount / power(10::numeric, a.digits)), 0)
      FROM crm_loyalty_entry e
      JOIN loyalty_card c ON c.id = e.card_id AND c.program_id = %(program)s
      JOIN crm_loyalty_account a ON a.card_id = e.card_id
      LEFT JOIN crm_loyalty_entry o ON o.id = COALESCE(e.reverses_id, e.returns_id)
     WHERE (e.kind = 'earn' AND e.flow = ANY(%(counted)s))
        OR (e.kind IN ('reverse', 'return') AND o.kind = 'earn'
            AND o.flow = ANY(%(counted)s))
"""
BALANCES = """
    SELECT c.partner_id, SUM(a.balance / power(10::numeric, a.digits))
      FROM loyalty_card c JOIN crm_loyalty_account a ON a.card_id = c.id
     WHERE c.program_id = %s AND c.partner_id = ANY(%s) GROUP BY c.partner_id
"""


class LoyaltyProgram(models.Model):
    """How much a programme may give in all, and how much a customer may hold of it.

    Points given count from the programme's first day; what is taken back or returned is
    free again. The counter is a row of its own in the database, which refuses to let it
    pass the limit (`earning.schema`).
    """

    _inherit = "loyalty.program"

    crm_budget_points = fields.Float(
        string="Budget (points)",
        help="Points that the programme may give in all. 0: no limit",
    )
    crm_budget_money = fields.Monetary(
        string="Budget (money)",
        help="What the points given may be worth in all, by the value of a point on "
        "the day they are given. 0: no limit",
    )
    crm_member_cap = fields.Monetary(
        string="Cap per Customer",
        help="Points on a customer's card are never worth more than this; what would "
        "pass it is not given. 0: no limit",
    )
    crm_used_points = fields.Float(
        string="Given (points)", compute="_compute_crm_used_points"
    )
    crm_used_money = fields.Monetary(
        string="Given (money)", compute="_compute_crm_used_points"
    )
    crm_used_share = fields.Float(
        string="Budget Given Out", compute="_compute_crm_used_points"
    )
    crm_budget_warning = fields.Char(compute="_compute_crm_used_points")

    _crm_budget_positive = models.Constraint(
        "CHECK (crm_budget_points >= 0 AND crm_budget_money >= 0"
        " AND crm_member_cap >= 0)",
        "Budgets and caps are 0 or more.",
    )

    def init(self):
        for statement in schema.statements():
            self.env.cr.execute(statement)

    @api.model
    def _remove_budget(self):
        """Take the trigger and its table away; for uninstalling only."""
        for statement in schema.removal():
            self.env.cr.execute(statement)

    @api.depends(*LIMITS)
    def _compute_crm_used_points(self):
        kept = self._get_budgets()
        for program in self:
            _limits, used = kept.get(program._origin.id, ((None,) * 4, (0.0, 0.0)))
            program.crm_used_points, program.crm_used_money = used
            shares = [
                used_part / limit
                for used_part, limit in (
                    (used[0], program.crm_budget_points),
                    (used[1], program.crm_budget_money),
                )
                if limit
            ]
            program.crm_used_share = min(max(shares, default=0.0), 1.0) * 100
            program.crm_budget_warning = program._tell_budget_warning()

    def _tell_budget_warning(self):
        money = self.crm_budget_money or self.crm_member_cap
        if money and not self.crm_point_value:
            return self.env._(
                "Limits in money do nothing as long as a point has no value in money. "
                "State what a point is worth."
            )
        if self.crm_used_share >= 100:
            return self.env._(
                "The budget is given out: customers get no more points. Raise it, or "
                "end the programme."
            )
        return False

    # ------------------------------------------------------------------ the counter

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs.filtered(lambda p: any(p[n] for n in LIMITS))._keep_budget()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if set(LIMITS) & set(vals):
            self._keep_budget()
        return result

    def _keep_budget(self):
        """Write the limits and today's value of a point beside the counter.

        A programme that gets its first limit begins with what it has given so far.
        """
        self.flush_recordset()
        today = fields.Date.context_today(self)
        known = self._get_budgets()
        for program in self:
            company = program.company_id or self.env.company
            value = program._get_point_values(company, today).get(program.id) or 0.0
            cap = program.crm_member_cap
            [(used,)] = (
                [(0,)]
                if program.id in known
                else self.env.execute_query(
                    SQL(GIVEN, program=program.id, counted=list(schema.COUNTED))
                )
            )
            self.env.cr.execute(
                SQL(
                    KEEP,
                    program=program.id,
                    points=program.crm_budget_points or None,
                    money=(value and program.crm_budget_money) or None,
                    member=cap / value if cap and value else None,
                    value=value,
                    used=used,
                )
            )
        self.invalidate_recordset(["crm_used_points", "crm_used_money"])

    @api.model
    def _refresh_budgets(self):
        """Values of points change with the days; limits in money follow them."""
        limited = ["|"] * (len(LIMITS) - 1) + [(name, ">", 0) for name in LIMITS]
        self.with_context(active_test=False).search(limited)._keep_budget()

    def _get_budgets(self):
        """{program id: ((points, money, member points, value), (points, money))}."""
        rows = self.env.execute_query(
            SQL(
                "SELECT program_id, limit_points, limit_money, member_points, "
                "point_value, used_points, used_money FROM crm_loyalty_budget "
                "WHERE program_id = ANY(%s)",
                list(self._origin.ids),
            )
        )
        return {
            row[0]: (
                tuple(None if v is None else float(v) for v in row[1:5]),
                (float(row[5]), float(row[6])),
            )
            for row in rows
        }

    def _get_rooms(self, partners):
        """What is left under the programme's limits, for each customer, in points.

        :return: {partner id: [`earning.caps.Cap`]}; empty where there are no limits
        """
        self.ensure_one()
        kept = self._get_budgets().get(self.id)
        if not kept:
            return {}
        (points, money, member, value), (used_points, used_money) = kept
        shared = []
        if points is not None:
            shared.append(Cap("budget", points - used_points))
        if money is not None and value:
            shared.append(Cap("budget", (money - used_money) / value))
        shared = [self._floor(min(shared, key=lambda cap: cap.room))] if shared else []
        if member is None:
            return {id_: shared for id_ in partners.ids} if shared else {}
        held = dict(self.env.execute_query(SQL(BALANCES, self.id, partners.ids)))
        return {
            id_: [
                *shared,
                self._floor(Cap("member", member - float(held.get(id_) or 0))),
            ]
            for id_ in partners.ids
        }

    def _floor(self, cap):
        """Room in whole smallest units, so that rounding of points never passes it."""
        unit = 10 ** self._get_point_digits()
        return Cap(cap.code, math.floor(cap.room * unit + 1e-6) / unit)
