"""How good a clustering is, when the truth is known."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """Of all pairs of records: those put together rightly, wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong or 1)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed or 1)

    @property
    def f1(self) -> float:
        """
        >>> Quality(right=9, wrong=1, missed=1).f1
        0.9
        """
        return 2 * self.right / (2 * self.right + self.wrong + self.missed or 1)


def evaluate(found: Mapping[int, object], truth: Mapping[int, object]) -> Quality:
    """Compare clusters by their pairs.

    :param found, truth: record -> its cluster; a record that is not in `found` is alone
    """
    both = Counter((found[r], truth[r]) for r in found if r in truth)
    together = Counter(found[r] for r in found if r in truth)
    true = Counter(truth.values())
    right, of_found, of_truth = (
        sum(n * (n - 1) // 2 for n in counter.values())
        for counter in (both, together, true)
    )
    return Quality(right, of_found - right, of_truth - right)
