"""Reasons put together: the products that are worth most to propose, with why."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One source speaks for one product."""

    product: int
    source: str
    weight: float  # chance that the customer wants it, as the source says: 0 to 1
    words: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    product: int
    weight: float
    reasons: tuple[Reason, ...]  # the strongest first

    @property
    def source(self) -> str:
        return self.reasons[0].source


def together(weights) -> float:
    """Chance that at least one reason holds, were they independent ("noisy or").

    Pearl (1988), Probabilistic Reasoning in Intelligent Systems, 4.3.2.

    >>> together([0.5, 0.5])
    0.75
    """
    none = 1.0
    for weight in weights:
        none *= 1 - min(max(weight, 0.0), 1.0)
    return 1 - none


def rank(reasons, *, most: int = 5, category=None, per_category: int = 2):
    """The products to propose, best first; a product is proposed once.

    :param reasons: iterable of `Reason`
    :param most: how many products at most
    :param category: {product: category}; of one category `per_category` at most, so
        that an offer is no list of look-alikes. Those without one are not limited.
    :raises ValueError: `most` or `per_category` is below 1

    >>> [s.product for s in rank([Reason(1, "need", 0.6), Reason(2, "due", 0.9)])]
    [2, 1]
    """
    if most < 1 or per_category < 1:
        raise ValueError("at least one product")
    found = defaultdict(list)
    for reason in reasons:
        found[reason.product].append(reason)
    suggestions = [
        Suggestion(
            product,
            together(reason.weight for reason in own),
            tuple(sorted(own, key=lambda r: (-r.weight, r.source, r.words))),
        )
        for product, own in found.items()
    ]
    chosen, counts = [], defaultdict(int)
    for one in sorted(suggestions, key=lambda s: (-s.weight, s.product)):
        kind = (category or {}).get(one.product)
        if kind is not None and counts[kind] >= per_category:
            continue
        counts[kind] += 1
        chosen.append(one)
        if len(chosen) == most:
            break
    return chosen
