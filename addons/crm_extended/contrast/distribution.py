"""Tail probabilities of the normal and of Student's t distribution."""

import math

_TINY = 1e-300
_STEPS = 300  # of the continued fraction; it settles long before
_SETTLED = 1e-14


def normal_two_sided(z: float) -> float:
    """Chance that a standard normal value lies as far from 0 as `z`, or further.

    >>> round(normal_two_sided(1.959964), 4)
    0.05
    """
    return math.erfc(abs(z) / math.sqrt(2))


def student_two_sided(t: float, freedom: float) -> float:
    """Chance that Student's t with `freedom` degrees lies as far out as `t`.

    P = I_x(freedom / 2, 1/2) with x = freedom / (freedom + t²), the regularised
    incomplete beta function (Abramowitz & Stegun 26.7.1).

    >>> round(student_two_sided(2.228139, 10), 4)
    0.05
    """
    if math.isinf(t):
        return 0.0
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), `x` between 0 and 1.

    By its continued fraction (Abramowitz & Stegun 26.5.8), on the side where that
    settles fast.

    >>> round(incomplete_beta(2, 3, 0.5), 6)
    0.6875
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / a * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """The fraction of the beta function, by Lentz's method."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            result *= c * d
        if abs(c * d - 1) < _SETTLED:
            break
    return result


def _away(value: float) -> float:
    """The value, kept away from 0 by which nobody can divide."""
    return value if abs(value) > _TINY else _TINY
