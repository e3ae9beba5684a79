from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

MONTHS = 24


class Picture(models.AbstractModel):
    """How a customer developed: value, visits, contacts and satisfaction by month."""

    _inherit = "crm.picture"

    @api.model
    def _read_story(self, scope):
        first = scope["today"].replace(day=1) - relativedelta(months=MONTHS - 1)
        months = [first + relativedelta(months=n) for n in range(MONTHS)]
        story = {
            "months": [str(month) for month in months],
            "currency": self.env.company.currency_id.symbol,
        }
        for name, series in (
            ("value", self._value_by_month(scope, first)),
            ("visits", self._visits_by_month(scope, first)),
            ("contacts", self._contacts_by_month(scope, first)),
        ):
            story[name] = [round(series.get(month, 0), 2) for month in months]
        if (rated := self._satisfaction_by_month(scope, first)) is not None:
            story["satisfaction"] = [rated.get(month, False) for month in months]
        return story

    @api.model
    def _value_by_month(self, scope, first):
        value = defaultdict(float)
        company = self.env.company
        purchases = self._readable("crm.purchase")
        if purchases is not None:
            for month, amount in purchases._read_group(
                self._bought(scope, first) & self._own_company(),
                ["date:month"],
                ["amount_company:sum"],
            ):
                value[month] += amount or 0.0
        orders = self._readable("sale.order")
        if orders is not None:
            for month, currency, amount in orders._read_group(
                Domain("partner_id", "in", scope["ids"])
                & Domain("state", "=", "sale")
                & Domain("date_order", ">=", str(first))
                & self._own_company(),
                ["date_order:month", "currency_id"],
                ["amount_untaxed:sum"],
            ):
                value[month.date()] += currency._convert(
                    amount, company.currency_id, company, month.date()
                )
        return value

    @api.model
    def _visits_by_month(self, scope, first):
        """Days in our shops, and visits noted by hand."""
        visits = defaultdict(int)
        purchases = self._readable("crm.purchase")
        if purchases is not None:
            for month, days in purchases._read_group(
                self._bought(scope, first) & Domain("channel", "=", "shop"),
                ["date:month"],
                ["date:count_distinct"],
            ):
                visits[month] += days
        for month, count in self._talks(scope, first, [("channel", "=", "visit")]):
            visits[month.date()] += count
        return visits

    @api.model
    def _contacts_by_month(self, scope, first):
        return {m.date(): count for m, count in self._talks(scope, first, [])}

    @api.model
    def _talks(self, scope, first, domain):
        return self.env["crm.interaction"]._read_group(
            Domain("partner_id", "in", scope["ids"])
            & Domain("date", ">=", str(first))
            & Domain("date", "<=", "now")
            & Domain(domain),
            ["date:month"],
            ["__count"],
        )

    @api.model
    def _satisfaction_by_month(self, scope, first):
        """Mean of the ratings, 1 to 5; None where nobody could have rated."""
        ratings = self._readable("rating.rating")
        if ratings is None:
            return None
        groups = ratings._read_group(
            Domain("partner_id", "in", scope["ids"])
            & Domain("consumed", "=", True)
            & Domain("rating", ">", 0)
            & Domain("rated_on", ">=", str(first)),
            ["rated_on:month"],
            ["rating:avg"],
        )
        return {month.date(): round(mean, 2) for month, mean in groups}
