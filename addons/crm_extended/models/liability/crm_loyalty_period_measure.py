from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ...liability.statement import Month, Terms, movements, stand
from .liability_sql import EARNED, LOTS, MOVEMENTS, USED
from .loyalty_program import MONEY

MOVED = ("opening", "earned", "redeemed", "expired", "undone")


class LoyaltyPeriod(models.Model):
    """How a period's figures are found: a few questions to the ledger for all."""

    _inherit = "crm.loyalty.period"

    def _execute(self):
        self._check_not_booked()
        self._report(0, 3, self.env._("Reading the ledger"))
        booked_by = self.env["crm.loyalty.accounts"]._get_by_program(self.company_id)
        moved, months = self._ask_ledger([program.id for program in booked_by])
        self._report(1, 3, self.env._("Valuing %(count)s programmes", count=len(moved)))
        values = self._get_values(booked_by)
        before = self._get_before()
        known = {line.program_id.id: line for line in before.line_ids}
        self.sudo().line_ids.unlink()
        vals_list, difference = [], 0.0
        for program, accounts in booked_by.items():
            if program.id not in moved:
                continue
            vals, outstanding = self._measure(
                program, accounts, values[program.id], moved, months, known
            )
            difference += vals["closing"] - outstanding
            vals_list.append(vals)
        self.env["crm.loyalty.period.line"].sudo().create(vals_list)
        self._report(3, 3)
        return {
            "amount": sum(vals["money_closing"] for vals in vals_list),
            "points_difference": round(difference, 4),
            "note": self._tell_notes(vals_list, bool(before)),
        }

    # ------------------------------------------------------------------ private

    def _ask_ledger(self, programs):
        """What moved in the period, and the months in which points were earned.

        :return: {programme id: (entries, opening, earned, redeemed, expired, undone)},
            {programme id: [Month]}
        """
        self.env.flush_all()
        start, stop = self._get_moments()
        asked = {"programs": programs, "stop": stop}
        moved = {
            row[0]: (row[1], *map(float, row[2:]))
            for row in self.env.execute_query(SQL(MOVEMENTS, start=start, **asked))
        }
        lots = SQL(LOTS, tz=self._get_zone(), **asked)
        used = defaultdict(dict)
        for program, month, age, kind, points in self.env.execute_query(
            SQL(USED, lots=lots, tz=self._get_zone(), stop=stop)
        ):
            used[program, month][int(age), kind] = float(points)
        months = defaultdict(list)
        for program, month, earned, sold, price in self.env.execute_query(
            SQL(EARNED, lots=lots)
        ):
            figures = (float(earned), float(sold), float(price), used[program, month])
            months[program].append(Month(month, *figures))
        for rows in months.values():
            rows.sort(key=lambda row: row.month)
        return moved, months

    def _get_values(self, programs):
        """{programme id: money per point in the company's currency on the last day}."""
        owed = self.env["loyalty.program"].sudo().union(*programs)
        values = owed._get_point_values(self.company_id, self.date_to)
        rates = {
            currency: currency._get_conversion_rate(
                currency, self.company_id.currency_id, self.company_id, self.date_to
            )
            for currency in owed.currency_id
        }
        return {p.id: values[p.id] * rates.get(p.currency_id, 1.0) for p in owed}

    def _measure(self, program, accounts, value, moved, months, known):
        """Values of the programme's line, and its outstanding points by lots."""
        terms = Terms(
            value=value,
            is_relative=accounts.method == "relative"
            and program.program_type not in MONEY,
            breakage=accounts.breakage or "none",
            rate=(accounts.breakage_rate or 0.0) / 100.0,
        )
        before = known.get(program.id)
        locked = {
            cohort.month: (cohort.allocated, cohort.earned - cohort.undone)
            for cohort in (before.cohort_ids if before else ())
        }
        money = self.company_id.currency_id.round
        standings, how = stand(
            months.get(program.id, []), self.date_to, terms, locked, money
        )
        entries, *points = moved[program.id]
        points = dict(zip(MOVED, points, strict=True))
        in_money = movements(
            points,
            standings,
            before.money_closing if before else None,
            self.date_from,
            money,
        )
        kept = sum(now.earned - now.undone for now in standings)
        ends = sum(now.expected for now in standings)
        vals = {
            "period_id": self.id,
            "program_id": program.id,
            "accounts_id": accounts.id,
            "entries": entries,
            **{name: round(number, 4) for name, number in points.items()},
            "closing": round(sum(points.values()), 4),
            "rate": value,
            "expected": sum(now.expected - now.redeemed for now in standings),
            "breakage": 100.0 * (1 - ends / kept) if kept > 0 else 0.0,
            "breakage_note": self._tell_breakage(how),
            **{f"money_{name}": amount for name, amount in in_money.items()},
            "cohort_ids": [(0, 0, vars(now)) for now in standings],
        }
        return vals, sum(now.outstanding for now in standings)

    def _tell_breakage(self, how):
        return {
            "none": self.env._("None assumed"),
            "stated": self.env._("Stated"),
            "forecast": self.env._("Chain ladder"),
            "little": self.env._("None assumed: less than 12 months of redemption"),
        }[how]

    def _tell_notes(self, vals_list, is_followed):
        """What an accountant should know before he books the figures."""
        lines = []
        if not is_followed and vals_list:
            lines.append(
                self.env._(
                    "There is no period right before this one: what was owed before "
                    "it is in the change of estimate."
                )
            )
        program = self.env["loyalty.program"].sudo().with_context(active_test=False)
        unbooked = program.browse(
            vals["program_id"] for vals in vals_list if not vals["accounts_id"]
        )
        worthless = program.browse(
            vals["program_id"] for vals in vals_list if not vals["rate"]
        )
        orphans = program.search(
            [("crm_bearer_id", "=", False), ("program_type", "=", "loyalty")]
        )
        for programs, text in (
            (unbooked, self.env._("No accounts are set for: %s")),
            (worthless, self.env._("The value of a point is not stated for: %s")),
            (orphans, self.env._("Shared, and borne by no company yet: %s")),
        ):
            if programs:
                lines.append(text % ", ".join(programs.mapped("name")))
        return "\n".join(lines)
