from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Floats, vectors
from .histories import WEEK, Histories, purchases, summarise


@dataclass(frozen=True)
class CalibrationSplit:
    """History up to a day, and what the same customers did after it.

    `histories` are as known on the cut-off day; `purchases` counts each customer's
    purchase days after it and `value` what they came to, over `horizon` weeks.
    Customers who first bought after the cut-off are not in it: nobody could have
    predicted them.
    """

    histories: Histories
    purchases: Floats
    value: Floats
    horizon: float


@dataclass(frozen=True)
class Metrics:
    """How far predictions were from what happened, in units of the prediction.

    `correlation` is None where either side does not vary. `bias` is the predicted total
    over the actual total, minus 1: -0.12 says the total came out 12% too low.
    """

    mae: float
    rmse: float
    correlation: float | None
    bias: float | None


@dataclass(frozen=True)
class Backtest:
    """A model and the naive baseline on the same customers, and which one to use."""

    model: Metrics
    baseline: Metrics
    customers: int
    horizon: float

    @property
    def winner(self) -> str:
        """`model` if its mean absolute error is smaller, else `baseline`.

        A tie goes to the baseline: a simpler rule needs no excuse.
        """
        return "model" if self.model.mae < self.baseline.mae else "baseline"

    def as_dict(self) -> dict[str, dict[str, float | None]]:
        """Metric by metric: `{"mae": {"model": 0.786, "baseline": 1.024}, ...}`."""
        model, baseline = asdict(self.model), asdict(self.baseline)
        return {
            name: {"model": model[name], "baseline": baseline[name]} for name in model
        }


def split(
    customer: ArrayLike,
    day: ArrayLike,
    cut_off: str | np.datetime64,
    end: str | np.datetime64,
    value: ArrayLike | None = None,
) -> CalibrationSplit:
    """Cut the purchases after the day `cut_off`; the holdout ends with the day `end`.

    :param customer: key of the customer of each purchase (m,)
    :param day: date of each purchase (m,)
    :param value: of each purchase (m,), one currency
    :raises ValueError: the holdout would have no day
    """
    customer, day, value = purchases(customer, day, value)
    cut_off, end = np.datetime64(cut_off, "D"), np.datetime64(end, "D")
    if not cut_off < end:
        raise ValueError("the holdout must end after the cut-off day")
    histories = summarise(customer, day, cut_off, value)
    later = (day > cut_off) & (day <= end) & np.isin(customer, histories.customers)
    codes = np.searchsorted(histories.customers, customer[later])
    offset = (day[later] - cut_off).astype(np.int64)
    distinct = np.unique(
        codes * (offset.max(initial=0) + 1) + offset, return_index=True
    )
    size = {"minlength": len(histories)}
    return CalibrationSplit(
        histories=histories,
        purchases=np.bincount(codes[distinct[1]], **size).astype(np.float64),
        value=np.bincount(codes, weights=value[later], **size),
        horizon=float((end - cut_off).astype(np.int64)) / WEEK,
    )


def naive_purchases(x: ArrayLike, T: ArrayLike, horizon: float) -> Floats:
    """Everyone goes on at the rate seen so far: x / T times the horizon (n,).

    Whoever was first seen on the last day (T of 0) has no rate yet and is given 0.
    """
    x, T = vectors(x=x, T=T)
    return np.divide(x, T, out=np.zeros_like(x), where=T > 0) * horizon


def compare(
    predicted: ArrayLike, baseline: ArrayLike, actual: ArrayLike, horizon: float
) -> Backtest:
    """Judge predictions and baseline by what happened, all (n,) in the same unit.

    :param horizon: weeks that the predictions cover, kept for the reader
    :raises ValueError: no customers, or arrays of different length
    """
    predicted, baseline, actual = vectors(
        predicted=predicted, baseline=baseline, actual=actual
    )
    if not actual.size:
        raise ValueError("there are no customers to compare")
    return Backtest(
        model=_metrics(predicted, actual),
        baseline=_metrics(baseline, actual),
        customers=actual.size,
        horizon=float(horizon),
    )


def _metrics(predicted: Floats, actual: Floats) -> Metrics:
    error = predicted - actual
    varies = np.ptp(predicted) > 0 and np.ptp(actual) > 0
    total = actual.sum()
    return Metrics(
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt(np.square(error).mean())),
        correlation=float(np.corrcoef(predicted, actual)[0, 1]) if varies else None,
        bias=float(predicted.sum() / total - 1.0) if total > 0 else None,
    )
