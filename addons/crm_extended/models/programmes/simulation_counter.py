"""Points of past orders, counted one after the other and posted nowhere."""

from collections import defaultdict

from pytz import UTC, timezone

from odoo import fields
from odoo.tools import SQL

from ...earning import caps, control, points, rewards
from ...earning.multipliers import multiply
from .loyalty_program import PAYMENT

STAYS = """
    SELECT partner_id, %(column)s, valid_from, valid_to FROM %(table)s
     WHERE %(column)s = ANY(%(ids)s) AND valid_from <= %(last)s
       AND (valid_to IS NULL OR valid_to > %(first)s)
"""


class Counter:
    """Sums over orders, and what must be known of each customer meanwhile."""

    def __init__(self, run):
        self.run, self.env, self.program = run, run.env, run.program_id
        program = self.program
        self.zone = timezone(run.company_id.partner_id.tz or "UTC")
        self.orders = self.hits = 0
        self.revenue = self.points = self.base = self.cut = self.saved = 0.0
        self.spent_on = False
        self.customers, self.months = defaultdict(lambda: [0, 0.0]), defaultdict(float)
        self.key = program._get_control_key()
        self.rules, self.known = {}, set()
        self.rule_products, self.multipliers, self.rewards = {}, [], []
        self.is_current = program.applies_on == "current"
        day = fields.Date.context_today(run)
        self.value = program._get_point_values(run.company_id, day).get(program.id, 0.0)
        self.unpaid = (*PAYMENT, program.program_type)
        self.stays = {
            "segment_id": self._load_stays(
                "crm_segment_member",
                "segment_id",
                program.crm_segment_ids | program.crm_multiplier_ids.segment_ids,
            ),
            "level_id": self._load_stays(
                "crm_loyalty_tier_member",
                "level_id",
                program.crm_multiplier_ids.level_ids,
            ),
        }
        self.budget, self.member = self._get_limits()

    def _load_stays(self, table, column, records):
        """{customer: [(id, first day, day of leaving)]} of the period."""
        stays = defaultdict(list)
        if records:
            rows = self.env.execute_query(
                SQL(
                    STAYS,
                    column=SQL.identifier(column),
                    table=SQL.identifier(table),
                    ids=records.ids,
                    first=self.run.date_from,
                    last=self.run.date_to,
                )
            )
            for partner, *stay in rows:
                stays[partner].append(stay)
        return stays

    def _get_limits(self):
        program, value = self.program, self.value
        limits = [program.crm_budget_points or None]
        if program.crm_budget_money and value:
            limits.append(program.crm_budget_money / value)
        cap = program.crm_member_cap
        budget = min((limit for limit in limits if limit), default=None)
        return budget, cap / value if cap and value else None

    def prepare(self, products):
        """Which of further products the rules, multipliers and rewards mean."""
        new = products - self.known
        if not new:
            return
        self.known |= new
        catalogue = self.env["product.product"].with_context(active_test=False)
        everything = catalogue.browse(sorted(self.known)).exists()
        fresh = everything.filtered(lambda p: p.id in new)
        for rule, found in self.program._get_valid_products(fresh).items():
            kept = self.rule_products.get(rule, catalogue)
            self.rule_products[rule] = kept | found
        self.rules.clear()
        self.multipliers = [
            (multiplier, multiplier._to_pure(everything)[0])
            for multiplier in self.program.crm_multiplier_ids.filtered("active")
        ]
        self.rewards = self.program.reward_ids._to_pure(everything)

    def get_rules(self, currency):
        """The rules with their minimum in an order's currency."""
        if currency not in self.rules:
            money = self.env["res.currency"].browse(currency)
            self.rules[currency] = [
                rule._to_pure(rule._compute_amount(money), self.rule_products.get(rule))
                for rule in self.program.rule_ids
                if self.run.assume_codes or rule.mode != "with_code"
            ]
        return self.rules[currency]

    def count(self, rows):
        _id, partner, moment, currency, rate, untaxed = rows[0][:6]
        self.orders += 1
        self.revenue += untaxed / rate
        customer = self.customers[partner]
        local = UTC.localize(moment).astimezone(self.zone)
        if not self.is_offered(partner, local.date()):
            return
        lines = [self.to_line(row[6:]) for row in rows if row[6]]
        base, parts = points.earn(self.get_rules(currency), lines)
        if base <= 0:
            return
        given = self.multiply(base, parts, lines, partner, local)
        kept = self.clip(given, customer[1], local.date())
        if not kept:
            return
        self.hits += 1
        self.base += base
        self.points += kept
        customer[0] += 1
        customer[1] += kept
        self.months[local.strftime("%Y-%m")] += kept
        if self.is_current:
            worths = [rewards.worth(reward, kept, lines) for reward in self.rewards]
            self.saved += max(worths, default=0.0) / rate

    def to_line(self, row):
        product, quantity, untaxed, total, kind, trigger, by, by_type = row
        discount = kind == "discount"
        return points.Line(
            product,
            quantity,
            untaxed,
            total,
            rewarded=bool(kind),
            counted=not (discount and (trigger == "auto" or by == self.program.id)),
            paid=by_type not in self.unpaid,
        )

    def is_offered(self, partner, day):
        program = self.program
        if program.crm_control_share and control.is_control(
            self.key, program.id, partner, program.crm_control_share
        ):
            return False
        wanted = program.crm_segment_ids.ids
        return not wanted or bool(
            self.get_stays("segment_id", partner, day) & {*wanted}
        )

    def get_stays(self, column, partner, day):
        return {
            id_
            for id_, first, past in self.stays[column].get(partner, ())
            if first <= day and (past is None or day < past)
        }

    def multiply(self, base, parts, lines, partner, local):
        day = local.date()
        holding = [
            pure
            for multiplier, pure in self.multipliers
            if multiplier._holds_at(local)
            and self.fits(multiplier.segment_ids, "segment_id", partner, day)
            and self.fits(multiplier.level_ids, "level_id", partner, day)
        ]
        mode, ceiling = (
            self.program.crm_multiplier_mode,
            self.program.crm_multiplier_ceiling,
        )
        product_of = [line.product for line in lines].__getitem__
        return multiply(base, parts, holding, product_of, mode, ceiling).points

    def fits(self, records, column, partner, day):
        wanted = set(records.ids)
        return not wanted or bool(wanted & self.get_stays(column, partner, day))

    def clip(self, given, held, day):
        limits = []
        if self.budget is not None:
            limits.append(caps.Cap("budget", self.budget - self.points))
        if self.member is not None:
            limits.append(caps.Cap("member", self.member - held))
        kept, cap = caps.clip(given, limits)
        self.cut += given - kept
        if cap is not None and cap.code == "budget" and not self.spent_on:
            self.spent_on = day
        return kept
