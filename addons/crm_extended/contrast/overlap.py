"""How sets share their members, from the number of members of each combination."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_SETS = 62  # bits of a combination in a bigint of the database


@dataclass(frozen=True)
class Pair:
    """How two sets meet: in both, and what that is worth.

    `likeness` is Jaccard's: of those in either, the share in both. `lift` is 1 where
    two sets of these sizes would meet by chance as often.
    """

    both: int
    of_first: float
    likeness: float
    lift: float | None


def get_sizes(combinations: Mapping[int, int], sets: int) -> list[int]:
    """Members of each set, whatever else they are in.

    >>> get_sizes({0b01: 3, 0b11: 2}, 2)
    [5, 2]
    """
    return [
        sum(count for mask, count in combinations.items() if mask >> place & 1)
        for place in range(sets)
    ]


def get_pairs(
    combinations: Mapping[int, int], sets: int, population: int
) -> list[list[Pair]]:
    """The matrix of all pairs; the diagonal holds each set with itself."""
    both = [[0] * sets for _ in range(sets)]
    for mask, count in combinations.items():
        places = [place for place in range(sets) if mask >> place & 1]
        for first in places:
            for second in places:
                both[first][second] += count
    return [
        [_get_pair(both, first, second, population) for second in range(sets)]
        for first in range(sets)
    ]


def _get_pair(both: list[list[int]], first: int, second: int, population: int) -> Pair:
    shared = both[first][second]
    one, other = both[first][first], both[second][second]
    return Pair(
        both=shared,
        of_first=shared / one if one else 0.0,
        likeness=shared / (one + other - shared) if shared else 0.0,
        lift=shared * population / (one * other) if one and other else None,
    )


def get_largest(
    combinations: Mapping[int, int], limit: int
) -> tuple[list[tuple[int, int]], int]:
    """The columns of an UpSet picture (Lex et al. 2014), the largest first.

    Members are counted once, under exactly the sets they are in.

    :return: (combination, members) pairs, and the members of those left out

    >>> get_largest({1: 5, 2: 9, 3: 1}, 2)
    ([(2, 9), (1, 5)], 1)
    """
    ordered = sorted(combinations.items(), key=lambda item: (-item[1], item[0]))
    return ordered[:limit], sum(count for _mask, count in ordered[limit:])


def get_places(mask: int) -> list[int]:
    """Places of the sets of a combination.

    >>> get_places(0b101)
    [0, 2]
    """
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def make_mask(places: Iterable[int]) -> int:
    """The combination of these sets.

    >>> make_mask([0, 2])
    5
    """
    return sum(1 << place for place in set(places))
