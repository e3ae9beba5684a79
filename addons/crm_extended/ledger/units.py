"""Points as people write them, and as whole numbers of the smallest unit."""

import math
from decimal import ROUND_HALF_UP, Decimal

from .errors import LedgerError
from .rows import MOST


def to_units(points: float, digits: int) -> int:
    """Whole smallest units, halves away from zero; what a float meant, not what it is.

    >>> to_units(0.1 + 0.2, 2)
    30
    >>> to_units(1.005, 2), to_units(-1.005, 2)
    (101, -101)

    :raises LedgerError: `invalid` for what is no number, or too big for one
    """
    if isinstance(points, bool) or not isinstance(points, int | float):
        raise LedgerError("invalid", "Points are a number.")
    if not math.isfinite(points) or abs(points) * 10**digits > MOST:
        raise LedgerError("invalid", "So many points there cannot be.")
    whole = Decimal(repr(points)).scaleb(digits)
    return int(whole.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_points(units: int, digits: int) -> float:
    """The float nearest to it, which is also what Odoo rounds to.

    >>> to_points(30, 2)
    0.3
    """
    return units / 10**digits
