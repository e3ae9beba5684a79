"""A day is unusual when it is far from the median of the habit, in robust units.

Volumes of reading are skewed and multiply rather than add: they are compared on
ln(1 + x). With m the median of the habit's ln(1 + x) and MAD the median absolute
deviation from it, the modified z-score is

    M = 0.6745 * (ln(1 + x) - m) / MAD

and a value is an outlier when M > 3.5 (Iglewicz & Hoaglin 1993, "How to Detect and
Handle Outliers", ASQC vol. 16). One day of theft in a habit moves neither the median
nor the MAD, as it would move a mean and a standard deviation.

People whose days are all alike have a MAD of nearly 0 and would raise an alarm at
every breath. MAD is never taken smaller than the value at which only a doubling is an
outlier: 0.6745 * ln(2) / 3.5.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

CONSISTENT = 0.6745  # the 0.75 quantile of the normal distribution
OUTLIER = 3.5
LEAST_MAD = CONSISTENT * math.log(2) / OUTLIER
LEAST_DAYS = 4  # fewer days of one's own are no habit


def deviation(value: float, habit: Sequence[float], least: float = 0.0) -> float:
    """Modified z-score of a value against a habit, on the scale given.

    The example of Iglewicz & Hoaglin (1993), ten values with two outliers:

    >>> data = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]
    >>> round(deviation(8.2, data), 2), round(deviation(2.6, data), 3)
    (25.86, 0.674)

    :param least: the least MAD to reckon with
    :raises ValueError: when the habit is empty
    """
    if not habit:
        raise ValueError("a habit needs at least one day")
    middle = median(habit)
    mad = max(median(abs(one - middle) for one in habit), least)
    if not mad:
        return 0.0 if value == middle else math.copysign(math.inf, value - middle)
    return CONSISTENT * (value - middle) / mad


@dataclass(frozen=True)
class Verdict:
    """What a day's volume is against one's own habit and the peers'.

    Medians are numbers of rows; scores are modified z-scores, None without a habit.
    """

    value: int
    own_median: float | None
    own_score: float | None
    peer_median: float | None
    peer_score: float | None
    is_unusual: bool


def judge(
    value: int, own: Sequence[int], peers: Sequence[int], least_rows: int = 0
) -> Verdict:
    """Unusual is what is far above one's own habit and the peers' habit as well.

    Who always reads much is no thief, and neither is who reads as much as the others.
    Who has no habit yet (fewer than four such weekdays) is compared with the peers
    only; where there are no peers either, only `least_rows` speaks.

    >>> judge(5000, [80, 120, 100, 90, 110], [100, 150, 90], 200).is_unusual
    True
    >>> judge(130, [80, 120, 100, 90, 110], [100, 150, 90], 200).is_unusual
    False

    :param own: rows read on the same weekday in past weeks, 0 included
    :param peers: rows read by each of the others on such days
    :param least_rows: volumes below are nobody's concern
    """
    own_median, own_score = _against(value, own if len(own) >= LEAST_DAYS else ())
    peer_median, peer_score = _against(value, peers)
    scores = [score for score in (own_score, peer_score) if score is not None]
    unusual = value >= max(least_rows, 1) and all(s > OUTLIER for s in scores)
    return Verdict(value, own_median, own_score, peer_median, peer_score, unusual)


def _against(value: int, habit: Sequence[int]) -> tuple[float | None, float | None]:
    if not habit:
        return None, None
    logs = [math.log1p(one) for one in habit]
    return median(habit), deviation(math.log1p(value), logs, LEAST_MAD)
