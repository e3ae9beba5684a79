"""What it is worth when fewer customers leave.

S. Gupta and D. R. Lehmann, "Customers as assets", Journal of Interactive Marketing
17(1), 2003: a customer who brings margin m each year, stays with probability r from
year to year, at discount rate i, is worth m * r / (1 + i - r).
"""

MOST_RETENTION = 0.995  # beyond it the formula says that nobody ever leaves


def margin_multiple(retention: float, discount: float, growth: float = 0.0) -> float:
    """What a customer is worth for each unit of yearly margin.

    :param retention: share of customers that stay for another year, 0 to 1
    :param discount: what money in a year is worth less today, above 0
    :param growth: of the margin per year

    Gupta & Lehmann (2003), table of margin multiples:

    >>> [round(margin_multiple(r, 0.12), 2) for r in (0.6, 0.7, 0.8, 0.9)]
    [1.15, 1.67, 2.5, 4.09]
    """
    if not 0 <= retention <= 1 or discount <= 0:
        raise ValueError("Retention lies between 0 and 1, discount above 0.")
    left = 1 + discount - retention * (1 + growth)
    if left <= 0:
        raise ValueError("The margin grows faster than it is discounted.")
    return retention / left


def lifetime_value(margin: float, retention: float, discount: float) -> float:
    """Money a customer is worth today.

    >>> round(lifetime_value(100, 0.8, 0.10), 2)
    266.67
    """
    return margin * margin_multiple(retention, discount)


def less_churn(
    customers: int, margin: float, retention: float, discount: float, points: float
) -> dict[str, float]:
    """Worth of a group of customers now, and with `points` percent less churn.

    :param points: percentage points of yearly churn, such as 5; churn does not fall
        below what the formula can bear
    :return: ``{now, then, gain, share, retention}``; share is gain / now, 0 when there
        is nothing now

    >>> round(less_churn(1000, 100, 0.80, 0.10, 5)["share"], 3)
    0.275
    """
    better = max(min(retention + points / 100.0, MOST_RETENTION), retention)
    now = customers * lifetime_value(margin, retention, discount)
    then = customers * lifetime_value(margin, better, discount)
    return {
        "now": now,
        "then": then,
        "gain": then - now,
        "share": then / now - 1 if now else 0.0,
        "retention": better,
    }
