import tempfile
from pathlib import Path

from odoo import models
from odoo.exceptions import UserError

from ..engine import write_values
from ..estimators import EstimationError, rfm_scores
from ..estimators.valuation import valuate

RFM = {"rfm_r": "recency", "rfm_f": "frequency", "rfm_m": "monetary", "rfm": "cell"}
VALUES = ("p_alive", "expected_purchases", "expected_value", "clv")
VERSION = {"model": "bg_nbd-gamma_gamma/1", "baseline": "naive/1"}
RFM_VERSION = "rfm/1"
JUDGED_BY = ("mae", "rmse")


class ScoreRun(models.Model):
    """What a computation found, stored as scores with their evidence and backtest."""

    _inherit = "crm.score.run"

    def _get_marks(self, now):
        """Marks by fifths: those of `marts.rfm`, without asking the warehouse again."""
        return rfm_scores(now.customers, now.last, now.x + 1, now.total_value)

    def _store_marks(self, now, day):
        marks = self._get_marks(now)
        evidence = {
            "last_purchase": now.last.astype(str),
            "purchase_days": now.x.astype(int) + 1,
            "total": now.total_value.round(2),
        }
        for code, name in RFM.items():
            values = getattr(marks, name)
            self._store_score(code, now.customers, values, evidence, day, RFM_VERSION)

    def _store_values(self, now, repeaters, day):
        """Fit, judge and store the expectations; returns values for the run."""
        try:
            valuation = None
            problem = self._check_enough(repeaters)
            if not problem:
                past = self._get_past(now, day)
                valuation = valuate(
                    now, past, self.horizon_months, self.discount_rate / 100.0
                )
        except EstimationError as error:
            problem = str(error)
        if valuation is None:
            self._store_nothing(day, problem)
            return {"outcome": problem, **self._parameters_of(None)}
        evidence = {
            "repeat_purchase_days": now.x.astype(int),
            "last_purchase": now.last.astype(str),
            "mean_purchase": now.mean_value.round(2),
        }
        lines = list(valuation.problems)
        for code in VALUES:
            values, source = valuation.values[code], valuation.source[code]
            score = self._store_score(
                code, now.customers, values.round(6), evidence, day, VERSION[source]
            )
            lines.append(self._tell_backtest(score, code, valuation))
        return {"outcome": "\n".join(lines), **self._parameters_of(valuation)}

    def _check_enough(self, repeaters):
        if repeaters >= self.minimum_repeaters:
            return None
        return self.env._(
            "Not enough data: %(count)s customers came back, %(minimum)s are needed to "
            "say how often customers buy. Only RFM marks were given.",
            count=repeaters,
            minimum=self.minimum_repeaters,
        )

    def _store_nothing(self, day, problem):
        """Values of an earlier, richer day would be a lie: they go, with the reason."""
        for code in VALUES:
            score = self._get_score(code)
            score._store([], day, None, self.company_id)
            score._store_backtest(self.company_id, None, problem)

    def _store_score(self, code, customers, values, evidence, day, version):
        score = self._get_score(code)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "values.csv"
            write_values(path, customers, values, evidence)
            with path.open() as file:
                score._store(file, day, version, self.company_id)
        return score

    def _get_score(self, code):
        """The score by its code; it was checked that the user may run computations."""
        score = self.env["crm.score"].sudo().with_context(active_test=False)
        score = score.search([("code", "=", code)], limit=1)
        if not score:
            raise UserError(
                self.env._(
                    "The score with code %(code)s was deleted. Upgrade Customer "
                    "Analytics to get it back, or create a score with this code.",
                    code=code,
                )
            )
        return score

    def _tell_backtest(self, score, code, valuation):
        """Keep the score's backtest and say in words which of the two is used."""
        backtest = valuation.backtests.get(code)
        text = " ".join(self._get_verdict(code, backtest, valuation.source[code]))
        errors = backtest.as_dict() if backtest else {}
        errors = {m: errors[m] for m in JUDGED_BY if m in errors}
        score._store_backtest(self.company_id, errors, text)
        return f"{score.name}: {text}"

    def _get_verdict(self, code, backtest, source):
        """Sentences on how a score was judged and what is used because of it."""
        if backtest is None:
            yield self.env._("Not judged: the history is too short for a holdout.")
        else:
            yield self.env._(
                "Holdout of %(weeks)s weeks, %(customers)s customers.",
                weeks=f"{backtest.horizon:g}",
                customers=backtest.customers,
            )
        if code == "p_alive":
            yield self.env._(
                "Nobody can see who left for good: judged by who bought in the "
                "holdout, among customers who had come back before; the guess is that "
                "all stay. A customer with one purchase counts as active."
            )
        elif source == "model":
            yield self.env._("The model is used.")
        else:
            yield self.env._(
                "The model did no better than the naive guess, so the guess is used: "
                "everyone goes on as before."
            )
        bias = backtest and code != "p_alive" and backtest.model.bias
        if bias:
            yield self.env._(
                "The model's total came out %(percent)s of what happened.",
                percent=f"{1 + bias:.0%}",
            )

    def _parameters_of(self, valuation):
        purchases = valuation and valuation.purchases
        spending = valuation and valuation.spending
        return {
            "bg_r": purchases.r if purchases else 0,
            "bg_alpha": purchases.alpha if purchases else 0,
            "bg_a": purchases.a if purchases else 0,
            "bg_b": purchases.b if purchases else 0,
            "bg_log_likelihood": purchases.log_likelihood if purchases else 0,
            "gg_p": spending.p if spending else 0,
            "gg_q": spending.q if spending else 0,
            "gg_v": spending.v if spending else 0,
        }
