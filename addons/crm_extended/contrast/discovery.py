"""Of many comparisons some look striking by chance; these are taken out."""

from collections.abc import Sequence


def adjust(p_values: Sequence[float | None]) -> list[float | None]:
    """The p-values, adjusted for how many were looked at; None stays None.

    Those at most 0.05 hold, on average, 5 % of mere chance (Benjamini & Hochberg 1995,
    in the step-up form of Yekutieli & Benjamini 1999).

    >>> adjust([0.01, None, 0.04, 0.03])
    [0.03, None, 0.04, 0.04]
    """
    known = sorted(
        ((p, place) for place, p in enumerate(p_values) if p is not None), reverse=True
    )
    adjusted: list[float | None] = [None] * len(p_values)
    least = 1.0
    for rank, (p, place) in zip(range(len(known), 0, -1), known, strict=True):
        least = min(least, p * len(known) / rank)
        adjusted[place] = least
    return adjusted
