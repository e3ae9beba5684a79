"""What a reward would save on an order, before other rewards."""

from collections.abc import Sequence
from dataclasses import dataclass

from .points import Line


@dataclass(frozen=True)
class Reward:
    """A reward as far as its worth goes. `value` is a percentage, money, or money per
    point; for a product its price, of which `quantity` are given for `required` points.
    """

    mode: str  # percent, per_order, per_point, product
    value: float
    required: float = 1.0
    ceiling: float = 0.0
    scope: str = "order"  # order, specific, cheapest
    products: frozenset[int] | None = None
    quantity: float = 1.0


def worth(reward: Reward, points: float, lines: Sequence[Line]) -> float:
    """Money saved with so many points, at most what the lines cost.

    >>> worth(Reward("percent", 10), 1, [Line(1, 2, 80.0, 100.0)])
    10.0
    >>> worth(Reward("per_order", 150, required=5), 5, [Line(1, 2, 80.0, 100.0)])
    100.0
    >>> worth(Reward("percent", 50, scope="cheapest"), 1, [Line(1, 2, 80, 100.0)])
    25.0
    >>> worth(Reward("per_order", 5, required=2), 1, [Line(1, 2, 80.0, 100.0)])
    0.0
    """
    if points < reward.required:
        return 0.0
    if reward.mode == "product":
        times = points // reward.required if reward.required else 1
        return times * reward.quantity * reward.value
    lines = [
        line
        for line in lines
        if not line.rewarded
        and (reward.products is None or line.product in reward.products)
    ]
    total = sum(line.total for line in lines)
    if reward.scope == "cheapest":
        units = (line.total / line.quantity for line in lines if line.quantity > 0)
        total = min(units, default=0.0)
    if reward.mode == "percent":
        saved = total * reward.value / 100
    else:
        saved = reward.value * (points if reward.mode == "per_point" else 1)
    return max(min(saved, total, reward.ceiling or total), 0.0)
