"""Points that rules give for the lines of an order, as Odoo's `sale_loyalty` counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

EPSILON = 1e-9


@dataclass(frozen=True)
class Line:
    """A line of an order with a product; money in the order's currency.

    `rewarded` lines were made by a reward: they have no quantity to count. `counted`
    lines count towards a minimum purchase, `paid` ones towards money spent.
    """

    product: int
    quantity: float
    untaxed: float
    total: float
    rewarded: bool = False
    counted: bool = True
    paid: bool = True


@dataclass(frozen=True)
class Rule:
    """What must be bought, and the points for it. `products` None means any."""

    id: int
    mode: str  # order, money, unit
    amount: float
    minimum_quantity: float = 0
    minimum_amount: float = 0.0
    taxed: bool = True  # the minimum includes taxes
    products: frozenset[int] | None = None

    def fits(self, line: Line) -> bool:
        return self.products is None or line.product in self.products


@dataclass(frozen=True)
class Part:
    """Points of one rule for one line; for the order as a whole, line is None."""

    rule: int
    line: int | None
    points: float


def round_down(value: float) -> float:
    """Two decimals, towards zero; what floating point lost by a hair is not lost.

    >>> round_down(12.349), round_down(0.29 * 100 / 100), round_down(-1.239)
    (12.34, 0.29, -1.23)
    """
    return (
        math.trunc(value * 100 + math.copysign(EPSILON * max(1, abs(value)), value))
        / 100
    )


def earn(rules: Sequence[Rule], lines: Sequence[Line]) -> tuple[float, list[Part]]:
    """Points for an order and where they come from; None of the rules may hold.

    :return: total points, and parts by rule and line; parts of a rule add up to its
        points up to the rounding of its total to two decimals

    >>> earn([Rule(1, "money", 2)], [Line(7, 1, 100.0, 121.0)])
    (242.0, [Part(rule=1, line=0, points=242.0)])
    """
    total, parts = 0.0, []
    for rule in rules:
        points, found = _earn_one(rule, lines)
        total += points
        parts += found
    return total, parts


def holds(rule: Rule, lines: Sequence[Line]) -> bool:
    """Whether the minimum purchase and quantity are there."""
    bought = [line for line in lines if rule.fits(line)]
    counted = [line for line in bought if line.counted]
    amount = sum(line.total if rule.taxed else line.untaxed for line in counted)
    goods = [line for line in bought if not line.rewarded]
    if rule.minimum_amount > amount or not goods:
        return False
    return sum(line.quantity for line in goods) >= rule.minimum_quantity


def _earn_one(rule, lines):
    if not holds(rule, lines):
        return 0.0, []
    if rule.mode == "order":
        return rule.amount, [Part(rule.id, None, rule.amount)]
    if rule.mode == "unit":
        parts = [
            Part(rule.id, at, rule.amount * line.quantity)
            for at, line in enumerate(lines)
            if rule.fits(line) and not line.rewarded
        ]
        return sum(part.points for part in parts), parts
    parts = [
        Part(rule.id, at, rule.amount * line.total)
        for at, line in enumerate(lines)
        if rule.fits(line) and line.paid
    ]
    return round_down(sum(part.points for part in parts)), parts
