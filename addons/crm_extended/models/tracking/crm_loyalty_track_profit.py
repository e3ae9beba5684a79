from odoo import models

from ...tracking.profit import LEAST_CUSTOMERS, Year, split
from .tracking_group_sql import TENURE


class LoyaltyTrackRun(models.Model):
    """Profit per customer by year of tenure, in its five parts."""

    _inherit = "crm.loyalty.track.run"

    def _split_profit(self):
        self._ask(TENURE)
        names = [column.name for column in self.env.cr.description]
        rows = [dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()]
        profits = self.env["crm.loyalty.profit"].sudo()
        profits.search([("company_id", "=", self.company_id.id)]).unlink()
        if not rows:
            return
        first = rows[0]
        margin = self._get_margin(first["costed"], first["margin"], first["amount"])
        brought = (margin or 0.0) / first["customers"]
        profits.create([self._prepare_profit(row, brought) for row in rows])

    # ------------------------------------------------------------------ private

    def _get_margin(self, costed, margin, amount):
        """Margin where half of the amount has a cost; else by the stated rate."""
        if (costed or 0.0) >= 0.5:
            return (margin or 0.0) / costed
        if self.margin_rate:
            return (amount or 0.0) * self.margin_rate / 100.0
        return None

    def _prepare_profit(self, row, brought):
        vals = {
            "company_id": self.company_id.id,
            "date": self.env.context["track_day"],
            "year": row["year"],
            "year_name": self.env._("Year %(year)s", year=row["year"]),
            "customers": row["customers"],
        }
        now = self._get_margin(row["costed"], row["margin"], row["amount"])
        then = self._get_margin(row["costed1"], row["margin1"], row["amount1"])
        if problem := self._tell_too_little(row, now is None or then is None):
            return {**vals, "note": problem}
        parts = split(
            self._get_year(row, then, "1"),
            self._get_year(row, now),
            self.contact_cost or None,
            brought,
        )
        return {
            **vals,
            **{name: part or 0.0 for name, part in parts.items()},
            "is_enough": True,
            "note": self._tell_left_out(parts),
        }

    def _get_year(self, row, margin, which=""):
        """Averages per customer of the row's year, or of their first one (`1`)."""

        def each(name):
            total = row.get(f"{name}{which}")
            return None if total is None else total / row["customers"]

        return Year(
            customers=row["customers"],
            margin=margin / row["customers"],
            list_value=each("listed"),
            paid=each("paid"),
            days=float(each("days") or 0.0),
            contacts=float(each("contacts") or 0.0),
            referrals=float(each("brought") or 0.0),
        )

    def _tell_too_little(self, row, is_unknown):
        if row["customers"] < LEAST_CUSTOMERS:
            return self.env._(
                "Not enough data: %(count)s customers, %(least)s are needed.",
                count=row["customers"],
                least=LEAST_CUSTOMERS,
            )
        if is_unknown:
            return self.env._(
                "Not enough data: cost is known for %(share)s%% of what was bought. "
                "State a margin on the tracking.",
                share=round(100 * (row["costed"] or 0.0)),
            )
        return False

    def _tell_left_out(self, parts):
        missing = [
            text
            for name, text in (
                ("price", self.env._("discounts are not known")),
                ("service", self.env._("the cost of a contact is not stated")),
            )
            if parts[name] is None
        ]
        if not missing:
            return False
        return self.env._("Left out: %(what)s", what=", ".join(missing))
