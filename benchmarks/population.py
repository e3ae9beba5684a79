"""Customers and what they bought, drawn by a seed, with the truth that made them so.

The purchases follow the very story that BG/NBD and Gamma-Gamma assume, so a fit can be
held against what was planted. Articles are popular as Zipf says, baskets and customers
are heavy-tailed. No Odoo, no database: arrays only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import hyp2f1

WEEKS = 104
END = np.datetime64("2026-06-30")
KINDS = ("import", "invoice", "order")  # the older a purchase, the more to the left
KIND_SHARES = (0.30, 0.60, 0.10)
LINES_PER_PURCHASE = 2.5
PRODUCTS, CATEGORIES, BRANCHES = 2_000, 20, 8


@dataclass(frozen=True)
class Planted:
    """Parameters of the laws that customers were drawn from; time in weeks."""

    r: float
    alpha: float
    a: float
    b: float
    p: float = 6.0
    q: float = 4.0
    v: float = 90.0


@dataclass(frozen=True)
class Population:
    """Customers (n rows), purchases (m rows, by day) and lines (exactly as asked).

    `customer`, `purchase` are positions in the arrays above them; `day` counts from the
    epoch; `kind` is a position in `KINDS`; money in cents.
    """

    planted: Planted
    rate: NDArray[np.float64]
    leaving: NDArray[np.float64]
    active: NDArray[np.bool_]
    mean_value: NDArray[np.float64]
    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    kind: NDArray[np.int8]
    purchase: NDArray[np.int64]
    product: NDArray[np.int64]
    quantity: NDArray[np.int64]
    cents: NDArray[np.int64]


def draw(customers: int, lines: int, seed: int = 1997) -> Population:
    """A population of `customers` who bought `lines` lines within two years.

    :raises ValueError: when there are fewer lines than customers, as each bought once
    """
    if customers < 1 or lines < 1.2 * customers:
        raise ValueError("at least 1.2 lines per customer are needed")
    rng = np.random.default_rng(seed)
    shape = {"r": 0.6, "a": 0.8, "b": 2.8}
    target = max(lines / customers / LINES_PER_PURCHASE, 1.1)
    planted = Planted(alpha=_alpha_for(target - 1.0, **shape), **shape)
    rate = rng.gamma(planted.r, 1 / planted.alpha, customers)
    leaving = rng.beta(planted.a, planted.b, customers)
    customer, day, active = _purchases(rng, rate, leaving)
    if customer.size > lines:
        kept = np.sort(rng.permutation(customer.size)[:lines])
        customer, day = customer[kept], day[kept]
    mean_value = planted.p / rng.gamma(planted.q, 1 / planted.v, customers)
    worth = rng.gamma(planted.p, mean_value[customer] / planted.p)
    purchase, cents = _lines(rng, worth, lines)
    popularity = 1 / np.arange(1, PRODUCTS + 1) ** 0.9
    chosen = rng.random(lines) * popularity.sum()
    return Population(
        planted=planted,
        rate=rate,
        leaving=leaving,
        active=active,
        mean_value=mean_value,
        customer=customer,
        day=day,
        kind=_kinds(day),
        purchase=purchase,
        product=np.searchsorted(np.cumsum(popularity), chosen).clip(0, PRODUCTS - 1),
        quantity=rng.geometric(0.75, lines),
        cents=cents,
    )


def _alpha_for(repeats: float, r: float, a: float, b: float) -> float:
    """The alpha for which customers repeat that often on average in the two years.

    Fader, Hardie & Lee (2005), eq. (9), averaged over the weeks of their first
    purchase.
    """
    weeks = np.linspace(1, WEEKS, 40)

    def surplus(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        share = weeks / (alpha + weeks)
        series = hyp2f1(r, b, a + b - 1, share)
        expected = (a + b - 1) / (a - 1) * (1 - (1 - share) ** r * series)
        return float(expected.mean()) - repeats

    low, high = np.log(1e-3), np.log(1e4)
    if surplus(low) < 0:
        return 1e-3
    return float(np.exp(brentq(surplus, low, high)))


def _purchases(rng, rate, leaving):
    """Purchases of all customers by day: (customer, day), and who is still active."""
    size = rate.size
    end = END.astype(np.int64) + 1
    first = rng.integers(0, WEEKS * 7, size) + end - WEEKS * 7
    who, when = [np.arange(size)], [first]
    left = np.zeros(size, dtype=bool)
    shopping = np.arange(size)
    now = first.astype(np.float64)
    while shopping.size:
        now = now + 7 * rng.exponential(1 / np.maximum(rate[shopping], 1e-12))
        inside = now < end
        shopping, now = shopping[inside], now[inside]
        who.append(shopping)
        when.append(now.astype(np.int64))
        stays = rng.random(shopping.size) >= leaving[shopping]
        left[shopping[~stays]] = True
        shopping, now = shopping[stays], now[stays]
    customer, day = np.concatenate(who), np.concatenate(when)
    order = np.lexsort((customer, day))
    return customer[order], day[order], ~left


def _lines(rng, worth, lines):
    """Baskets of one line or more; each line takes a part of the purchase's worth."""
    weight = rng.gamma(0.8, size=worth.size)
    extra = rng.multinomial(lines - worth.size, weight / weight.sum())
    purchase = np.repeat(np.arange(worth.size), extra + 1)
    part = rng.gamma(2.0, size=lines)
    whole = np.bincount(purchase, weights=part)
    cents = np.maximum(np.rint(100 * worth[purchase] * part / whole[purchase]), 1)
    return purchase, cents.astype(np.int64)


def _kinds(day):
    """Old purchases come from the legacy system, the newest are not invoiced yet."""
    if not day.size:
        return np.zeros(0, dtype=np.int8)
    shares = np.cumsum(KIND_SHARES)[:-1]
    limits = np.quantile(day, shares, method="lower")
    return np.searchsorted(limits, day, side="right").astype(np.int8)


def chunks(size: int, step: int = 500_000) -> Iterator[slice]:
    """Slices that cover `size` rows, so that text of 20 million is never in memory."""
    for start in range(0, size, step):
        yield slice(start, min(start + step, size))
