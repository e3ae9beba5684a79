from dataclasses import dataclass, field

import numpy as np

from .arrays import Floats
from .backtest import Backtest, compare, naive_purchases
from .bg_nbd import BgNbd
from .clv import WEEKS_IN_MONTH, lifetime_value
from .errors import EstimationError
from .gamma_gamma import GammaGamma
from .histories import Histories

JUDGED = ("expected_purchases", "expected_value", "clv")


@dataclass(frozen=True)
class Past:
    """Histories known on an earlier day, and what those customers did after it.

    `purchases` (purchase days) and `value` (currency) in the `horizon` weeks that
    followed (n,), in the order of `histories`.
    """

    histories: Histories
    purchases: Floats
    value: Floats
    horizon: float


@dataclass
class Valuation:
    """What is expected of each customer, and the proof.

    `values` by score: `p_alive` (probability), `expected_purchases` (purchase days in
    the horizon), `expected_value` (currency per purchase day), `clv` (currency,
    discounted), each (n,). `source` says by score whether the model or the naive
    baseline gave the values, `backtests` why.
    """

    values: dict[str, Floats]
    source: dict[str, str]
    backtests: dict[str, Backtest]
    purchases: BgNbd
    spending: GammaGamma | None
    problems: list[str] = field(default_factory=list)


def valuate(now: Histories, past: Past | None, months: int, rate: float) -> Valuation:
    """Fit BG/NBD and Gamma-Gamma, judge them by the past, keep the better of the two.

    :param now: histories of all customers, to the day of the valuation
    :param past: the holdout; without one the models are used unjudged
    :param months: horizon of the expectations
    :param rate: discount per year, 0.10 for 10%
    :raises EstimationError: when not even the purchases can be modelled
    """
    purchases = BgNbd().fit(now.x, now.t_x, now.T)
    problems: list[str] = []
    spending = _spending(now, problems)
    backtests = _judge(past, problems) if past is not None else {}
    source = {
        code: backtests[code].winner if code in backtests else "model"
        for code in JUDGED
    }
    if spending is None:
        source |= {"expected_value": "baseline", "clv": "baseline"}
    model = _by_model(purchases, spending, now, months, rate)
    naive = _by_baseline(now, months, rate)
    values = {c: (model if source[c] == "model" else naive)[c] for c in JUDGED}
    values["p_alive"] = model["p_alive"]
    source["p_alive"] = "model"
    return Valuation(values, source, backtests, purchases, spending, problems)


def _spending(histories: Histories, problems: list[str]) -> GammaGamma | None:
    try:
        return GammaGamma().fit(histories.x, histories.mean_value)
    except EstimationError as error:
        problems.append(str(error))
        return None


def _by_model(
    purchases: BgNbd,
    spending: GammaGamma | None,
    h: Histories,
    months: int,
    rate: float,
) -> dict[str, Floats]:
    weeks = months * WEEKS_IN_MONTH
    values = {
        "p_alive": purchases.probability_alive(h.x, h.t_x, h.T),
        "expected_purchases": purchases.expected_purchases(weeks, h.x, h.t_x, h.T),
    }
    if spending is not None:
        values["expected_value"] = spending.expected_value(h.x, h.mean_value)
        values["clv"] = lifetime_value(
            purchases, spending, h.x, h.t_x, h.T, h.mean_value, months, rate
        )
    return values


def _by_baseline(h: Histories, months: int, rate: float) -> dict[str, Floats]:
    """Everyone goes on at his own rate, spending his own average."""
    month = naive_purchases(h.x, h.T, WEEKS_IN_MONTH)
    discount = (1.0 + rate) ** (-np.arange(1, months + 1) / 12.0)
    value = _own_average(h)
    return {
        "expected_purchases": month * months,
        "expected_value": value,
        "clv": month * discount.sum() * value,
    }


def _own_average(h: Histories) -> Floats:
    """Average value of a purchase day, the first included: the guess knows no more."""
    return np.maximum(h.total_value, 0.0) / (h.x + 1.0)


def _judge(past: Past, problems: list[str]) -> dict[str, Backtest]:
    """Predict the holdout from what was known before it, by model and by baseline."""
    h, weeks = past.histories, past.horizon
    try:
        model = BgNbd().fit(h.x, h.t_x, h.T)
    except EstimationError as error:
        problems.append(str(error))
        return {}
    count = model.expected_purchases(weeks, h.x, h.t_x, h.T)
    naive = naive_purchases(h.x, h.T, weeks)
    backtests = {"expected_purchases": compare(count, naive, past.purchases, weeks)}
    known = h.x > 0  # of the others the model says 1 by construction
    if known.any():
        bought = (past.purchases > 0).astype(np.float64)[known]
        alive = model.probability_alive(h.x, h.t_x, h.T)[known]
        backtests["p_alive"] = compare(alive, np.ones_like(alive), bought, weeks)
    spending = _spending(h, problems)
    if spending is None:
        return backtests
    value, own = spending.expected_value(h.x, h.mean_value), _own_average(h)
    backtests["clv"] = compare(count * value, naive * own, past.value, weeks)
    some = past.purchases > 0
    if some.any():
        actual = past.value[some] / past.purchases[some]
        backtests["expected_value"] = compare(value[some], own[some], actual, weeks)
    return backtests
