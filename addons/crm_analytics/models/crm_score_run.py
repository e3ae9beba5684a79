from datetime import timedelta

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import marts
from ..estimators import Histories
from ..estimators.valuation import Past

WEEK = 7


class ScoreRun(models.Model):
    """One computation of all scores of a company's customers, from the warehouse.

    RFM marks are always given. Expectations come from BG/NBD and Gamma-Gamma where
    enough customers came back, each judged by a holdout against the naive rate, which
    takes over where it is the better one.
    """

    _name = "crm.score.run"
    _inherit = "crm.run.mixin"
    _description = "Score Computation"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(
        help="Last day of the history that is used. Empty: the company's last purchase "
        "that the warehouse knows, today at the latest.",
    )
    horizon_months = fields.Integer(
        string="Horizon (Months)", default=12, required=True, aggregator=None
    )
    discount_rate = fields.Float(
        string="Discount (% a Year)",
        default=10.0,
        required=True,
        aggregator=None,
        help="What a euro in a year is worth less today",
    )
    holdout_weeks = fields.Integer(
        string="Holdout (Weeks)",
        default=26,
        required=True,
        aggregator=None,
        help="The models are judged by predicting these last weeks from what was known "
        "before. A third of the history at most.",
    )
    minimum_repeaters = fields.Integer(
        string="Repeat Customers Needed",
        default=50,
        required=True,
        aggregator=None,
        help="With fewer customers who came back, no expectations are given.",
    )
    refresh_segments = fields.Boolean(
        default=True, help="Let customers enter and leave segments by the new scores"
    )
    customers = fields.Integer(readonly=True, copy=False, aggregator=None)
    repeaters = fields.Integer(
        string="Repeat Customers", readonly=True, copy=False, aggregator=None
    )
    bg_r = fields.Float("r", digits=(16, 4), readonly=True, copy=False, aggregator=None)
    bg_alpha = fields.Float(
        "alpha (weeks)", digits=(16, 4), readonly=True, copy=False, aggregator=None
    )
    bg_a = fields.Float("a", digits=(16, 4), readonly=True, copy=False, aggregator=None)
    bg_b = fields.Float("b", digits=(16, 4), readonly=True, copy=False, aggregator=None)
    bg_log_likelihood = fields.Float(
        "Log-Likelihood", digits=(16, 2), readonly=True, copy=False, aggregator=None
    )
    gg_p = fields.Float("p", digits=(16, 4), readonly=True, copy=False, aggregator=None)
    gg_q = fields.Float("q", digits=(16, 4), readonly=True, copy=False, aggregator=None)
    gg_v = fields.Float(
        "v (currency)", digits=(16, 4), readonly=True, copy=False, aggregator=None
    )
    outcome = fields.Text(readonly=True, copy=False, help="What was found, in words")

    _parameters = models.Constraint(
        "CHECK (horizon_months BETWEEN 1 AND 120 AND holdout_weeks BETWEEN 1 AND 520 "
        "AND discount_rate > -100 AND discount_rate <= 1000 AND minimum_repeaters >= "
        "5)",
        "Give a horizon of 1 to 120 months, a holdout of 1 to 520 weeks, a discount "
        "between -100% and 1000%, and 5 repeat customers at least.",
    )

    @api.depends("as_of")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Scores %(number)s", number=run.id or "")

    @api.model
    def _cron_compute(self):
        """Queue the scheduled computation for each company that has purchases."""
        warehouse = self.env["crm.warehouse"]
        if not warehouse._current_version():
            return
        rows = self.env["crm.cube.purchase"].sudo()._read_group([], ["company_id"])
        for (company,) in rows:
            busy = [("state", "in", ("queued", "running"))]
            if not self.search_count([*busy, ("company_id", "=", company.id)], limit=1):
                self.create({"company_id": company.id}).action_start()

    # ------------------------------------------------------------------ the work

    def _run(self):
        """After new segments the cube is a day behind: a refresh follows by itself."""
        result = super()._run()
        if self.state == "done" and self.refresh_segments:
            self.env["crm.warehouse.run"]._cron_refresh()
        return result

    def _execute(self):
        self._report(0, 100, self.env._("Reading customers' histories"))
        day = self._get_day()
        now = self._get_histories(day)
        if not len(now):
            raise UserError(
                self.env._(
                    "No customer of %(company)s bought anything up to %(day)s. Refresh "
                    "the warehouse, or choose a later day.",
                    company=self.company_id.name,
                    day=day,
                )
            )
        repeaters = int((now.x > 0).sum())
        self._report(
            20, 100, self.env._("RFM marks of %(count)s customers", count=len(now))
        )
        self._store_marks(now, day)
        outcome = {"as_of": day, "customers": len(now), "repeaters": repeaters}
        self._report(40, 100, self.env._("Fitting and judging the models"))
        outcome |= self._store_values(now, repeaters, day)
        if self.refresh_segments:
            self._report(80, 100, self.env._("Refreshing segments"))
            self.env["crm.segment"]._refresh()
        return outcome

    def _get_day(self):
        """Last day of the history: as asked for, or the last purchase, or today."""
        if self.as_of:
            return self.as_of
        today = fields.Date.context_today(self)
        fact = marts.purchases(self.company_id.id, today)
        [last] = self._ask(fact.aggregate(last=fact.date.max()))["last"].tolist() or [
            None
        ]
        return fields.Date.to_date(last) or today

    def _ask(self, mart):
        return self.env["crm.warehouse"]._ask_columns(marts.to_sql(mart))

    def _get_histories(self, day):
        history = self._ask(marts.customer_history(self.company_id.id, day))
        return Histories(
            customers=history["partner_id"],
            x=history["frequency"].astype(float),
            t_x=history["recency_days"] / WEEK,
            T=history["age_days"] / WEEK,
            first=history["first_date"].astype("datetime64[D]"),
            last=history["last_date"].astype("datetime64[D]"),
            mean_value=history["mean_value"],
            total_value=history["total_value"],
        )

    def _get_past(self, now, day):
        """The holdout: what was known before its weeks and what happened in them.

        None when the history is too short to be cut.
        """
        span = int((np.datetime64(day) - now.first.min()).astype(int)) // WEEK
        weeks = min(self.holdout_weeks, span // 3)
        if weeks < 1:
            return None
        return self._get_past_after(day - timedelta(weeks=weeks), day)

    def _get_past_after(self, cut_off, day):
        """Histories known on `cut_off`, and what those customers did until `day`."""
        histories = self._get_histories(cut_off)
        later = self._ask(marts.holdout(self.company_id.id, cut_off, day))
        place = np.searchsorted(histories.customers, later["partner_id"])
        place = np.minimum(place, max(len(histories) - 1, 0))
        known = histories.customers[place] == later["partner_id"]
        bought, value = np.zeros(len(histories)), np.zeros(len(histories))
        bought[place[known]] = later["days"][known]
        value[place[known]] = later["value"][known]
        return Past(histories, bought, value, (day - cut_off).days / WEEK)
