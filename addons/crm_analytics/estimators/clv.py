import numpy as np
from numpy.typing import ArrayLike

from .arrays import Floats, check_histories, group_rows, vectors
from .bg_nbd import BgNbd
from .gamma_gamma import GammaGamma
from .histories import WEEK

WEEKS_IN_MONTH = 365.25 / 12 / WEEK


def discounted_purchases(
    model: BgNbd,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    months: int = 12,
    annual_rate: float = 0.10,
) -> Floats:
    """Purchases expected in the next months, worth less the later they are (n,).

    The purchases of month m are the increment of the BG/NBD expectation and are
    discounted by (1 + annual_rate)^(-m/12), the end of the month: the cautious
    convention.

    :param model: fitted with time in weeks
    :param months: horizon, a whole number of 1 or more
    :param annual_rate: 0.10 is 10% a year; 0 does not discount
    :raises ValueError: a horizon below 1 month, a rate of -100% or less
    """
    if months != int(months) or months < 1:
        raise ValueError("months must be a whole number, 1 or more")
    if not np.isfinite(annual_rate) or annual_rate <= -1.0:
        raise ValueError("annual_rate must be above -1")
    x, t_x, T = vectors(x=x, t_x=t_x, T=T)
    check_histories(x, t_x, T)
    groups = group_rows(x, T)  # an active customer's future does not depend on t_x
    future = np.zeros(groups.columns[0].size)
    before = np.zeros_like(future)
    for month in range(1, int(months) + 1):
        until = model.purchases_if_alive(month * WEEKS_IN_MONTH, *groups.columns)
        future += (until - before) * (1.0 + annual_rate) ** (-month / 12.0)
        before = until
    return model.probability_alive(x, t_x, T) * future[groups.inverse]


def lifetime_value(
    purchases: BgNbd,
    spending: GammaGamma,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    mean_value: ArrayLike,
    months: int = 12,
    annual_rate: float = 0.10,
    margin: float = 1.0,
) -> Floats:
    """The discounted value expected of each customer over the horizon (n,).

    Expected purchases times the expected value of one: the two models are independent
    by assumption. Turnover by default; give `margin` (0.3 for 30%) for a contribution.

    Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base
    Analysis, Journal of Marketing Research 42(4), 415-430.

    :param mean_value: average value of a repeat purchase day of each customer (n,)
    """
    future = discounted_purchases(purchases, x, t_x, T, months, annual_rate)
    return margin * future * spending.expected_value(x, mean_value)
