"""Estimators of customer behaviour: mathematics only, no ORM, no files, no clock.

Every class has `fit`, predictions and `summary`, names its paper, and is tested against
the published answer in `tests/pure`.
"""

from .backtest import (
    Backtest,
    CalibrationSplit,
    Metrics,
    compare,
    naive_purchases,
    split,
)
from .bg_nbd import BgNbd
from .clv import discounted_purchases, lifetime_value
from .errors import EstimationError, NoConvergence, NotEnoughData
from .gamma_gamma import GammaGamma
from .histories import Histories, summarise
from .rfm import RfmScores, bands, quintiles, rfm_scores

__all__ = [
    "Backtest",
    "BgNbd",
    "CalibrationSplit",
    "EstimationError",
    "GammaGamma",
    "Histories",
    "Metrics",
    "NoConvergence",
    "NotEnoughData",
    "RfmScores",
    "bands",
    "compare",
    "discounted_purchases",
    "lifetime_value",
    "naive_purchases",
    "quintiles",
    "rfm_scores",
    "split",
    "summarise",
]
