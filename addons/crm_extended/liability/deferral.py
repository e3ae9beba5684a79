"""Revenue that is not earned yet because points were given with a sale.

IFRS 15.74-80 and B39-B43 (ASC 606-10-32-28 to 33): the price paid is split between
the goods and the points in proportion to what each would sell for alone. The part of
the points becomes revenue as they are redeemed, in proportion to all that is expected
to be redeemed (B46), and what nobody will redeem becomes revenue in that proportion
too.
"""


def allocate(price: float, standalone: float) -> tuple[float, float]:
    """Split what was paid into (goods, points).

    :param price: paid for the goods, which is also what they sell for alone
    :param standalone: what the points would sell for, unlikely redemption taken off

    IFRS 15, example 52:

    >>> [round(part) for part in allocate(100_000, 9_500)]
    [91324, 8676]
    """
    if price <= 0:
        return 0.0, max(standalone, 0.0)
    points = price * standalone / (price + standalone) if standalone > 0 else 0.0
    return price - points, points


def remaining(allocated: float, redeemed: float, expected: float) -> float:
    """What is still deferred of `allocated`.

    :param expected: points that will be redeemed in the end, in the same unit

    IFRS 15, example 52, at the end of both periods:

    >>> round(remaining(8_676, 4_500, 9_500))
    4566
    >>> round(remaining(8_676, 8_500, 9_700))
    1073
    """
    if expected <= 0 or redeemed >= expected:
        return 0.0
    return allocated * (1 - redeemed / expected)
