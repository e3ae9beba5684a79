import math

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...tracking.churn import less_churn
from ...tracking.profit import LEAST_CUSTOMERS
from .crm_loyalty_group import KINDS

STEPS = [step / 2 for step in range(11)]  # points of churn less: 0, 0.5, ... 5
GROUP = "crm_extended.group_loyalty_user"


class LoyaltyWhatif(models.AbstractModel):
    """What 1 to 5 points less churn a year are worth, per group of customers.

    Worth of a group is the lifetime value of its buyers by Gupta & Lehmann (2003):
    yearly margin x retention / (1 + discount - retention). Nothing is forecast: margin
    and retention are those of the last measured year.
    """

    _name = "crm.loyalty.whatif"
    _description = "What Less Churn Is Worth"

    @api.model
    @api.readonly
    def get(self, kind="segment", discount=10.0):
        """Groups of the current company with their worth at each step of less churn.

        :param str kind: `all`, `segment`, `tier` or `branch`
        :param float discount: percent a year, above 0 and up to 100
        :return: ``{date, currency, steps[], groups[]}``; a group is ``{name, customers,
            margin, retention, worth[], note}`` with margin per customer and year,
            retention in percent, worth in the company's currency per step; where data
            do not suffice, worth is empty and note says why
        :raises UserError: an argument cannot be meant
        """
        self._check_arguments(kind, discount)
        company = self.env.company
        latest = self.env["crm.loyalty.group"]._get_latest(company, [kind])
        rate = self._get_margin_rate()
        return {
            "date": str(latest[:1].date) if latest else False,
            "currency": company.currency_id.name,
            "symbol": company.currency_id.symbol,
            "steps": STEPS,
            "groups": [self._judge(group, discount / 100.0, rate) for group in latest],
        }

    # ------------------------------------------------------------------ private

    @api.model
    def _check_arguments(self, kind, discount):
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._("What less churn is worth is for users of loyalty.")
            )
        if kind not in dict(KINDS):
            raise UserError(self.env._("Choose segments, levels, branches or all."))
        if (
            not isinstance(discount, int | float)
            or isinstance(discount, bool)
            or not math.isfinite(discount)
            or not 0 < discount <= 100
        ):
            raise UserError(
                self.env._("Give a discount rate above 0% and up to 100% a year.")
            )

    @api.model
    def _get_margin_rate(self):
        """What was stated for purchases of unknown cost; None: nothing."""
        # sudo: one percentage that whoever sees its outcome may use
        runs = self.env["crm.loyalty.track.run"].sudo()
        last = runs.search(
            [("company_id", "=", self.env.company.id), ("state", "=", "done")], limit=1
        )
        return last.margin_rate / 100.0 or None

    @api.model
    def _judge(self, group, discount, rate):
        margin = None
        if group.costed_share >= 50:
            margin = group.margin / group.costed_share * 100.0
        elif rate:
            margin = group.amount * rate
        told = {
            "name": group.display_name,
            "customers": group.buyers,
            "margin": margin / group.buyers if margin and group.buyers else False,
            "retention": round(group.retention, 1),
            "worth": [],
            "note": self._tell_too_little(group, margin),
        }
        if not told["note"]:
            told["worth"] = [
                round(
                    less_churn(
                        group.buyers,
                        told["margin"],
                        group.retention / 100.0,
                        discount,
                        step,
                    )["then"],
                    2,
                )
                for step in STEPS
            ]
        return told

    @api.model
    def _tell_too_little(self, group, margin):
        if group.retention_base < LEAST_CUSTOMERS:
            return self.env._(
                "Not enough data: %(count)s bought in the year before, %(least)s are "
                "needed.",
                count=group.retention_base,
                least=LEAST_CUSTOMERS,
            )
        if margin is None:
            return self.env._(
                "Not enough data: cost is known for %(share)s%% of what was bought. "
                "State a margin on a measurement.",
                share=round(group.costed_share),
            )
        if margin <= 0 or not group.buyers:
            return self.env._("Nothing was earned in the year.")
        return False
