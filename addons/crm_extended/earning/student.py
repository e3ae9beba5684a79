"""Student's t distribution: tail and quantile, without a statistics library."""

import math

TINY = 1e-300
STEPS = 500


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction.

    Lentz's method (DLMF 8.17.22); exact to about 1e-14.

    >>> round(beta_share(0.5, 2, 3), 10)
    0.6875
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log_front += a * math.log(x) + b * math.log1p(-x)
    front = math.exp(log_front) / a
    return front * (_fraction(x, a, b) - 1)


def _fraction(x, a, b):
    f, c, d = 1.0, 1.0, 0.0
    for step in range(STEPS):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 + term * d
        d = 1 / (d if abs(d) > TINY else TINY)
        c = 1 + term / (c if abs(c) > TINY else TINY)
        f *= c * d
        if abs(1 - c * d) < 1e-15:
            break
    return f


def two_sided(t: float, df: float) -> float:
    """The chance of a value at least as far from 0 as `t`.

    >>> round(two_sided(2.228, 10), 4)  # the table's 5 % point
    0.05
    """
    return beta_share(df / (df + t * t), df / 2, 0.5)


def quantile(confidence: float, df: float) -> float:
    """The t within which `confidence` of the distribution lies, both sides together.

    >>> [round(quantile(0.95, df), 3) for df in (1, 5, 10, 30, 1e9)]
    [12.706, 2.571, 2.228, 2.042, 1.96]
    """
    low, high = 0.0, 1.0
    while two_sided(high, df) > 1 - confidence:
        low, high = high, high * 2
    for _step in range(100):
        middle = (low + high) / 2
        if two_sided(middle, df) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2
