"""Overlaps of sets: counted by hand, and against sets of random members."""

import doctest
import random

import pytest
from contrast import overlap
from contrast.overlap import get_largest, get_pairs, get_places, get_sizes, make_mask


def test_examples_hold():
    assert doctest.testmod(overlap).failed == 0


def test_pairs_of_a_small_case_counted_by_hand():
    # A = {1..6}, B = {4..9}, of 20 people
    pairs = get_pairs({0b01: 3, 0b10: 3, 0b11: 3}, 2, 20)
    assert (pairs[0][1].both, pairs[0][0].both, pairs[1][1].both) == (3, 6, 6)
    assert pairs[0][1].of_first == 0.5
    assert pairs[0][1].likeness == pytest.approx(3 / 9)
    assert pairs[0][1].lift == pytest.approx(3 * 20 / 36)


def test_sets_that_hold_nobody_divide_by_nothing():
    pairs = get_pairs({}, 2, 0)
    assert (pairs[0][1].both, pairs[0][1].likeness, pairs[0][1].lift) == (0, 0, None)


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_real_sets(seed):
    chance = random.Random(seed)
    sets = [{n for n in range(200) if chance.random() < 0.3} for _ in range(6)]
    combinations = {}
    for member in range(200):
        mask = make_mask(i for i, one in enumerate(sets) if member in one)
        if mask:
            combinations[mask] = combinations.get(mask, 0) + 1
    assert get_sizes(combinations, 6) == [len(one) for one in sets]
    pairs = get_pairs(combinations, 6, 200)
    for i, one in enumerate(sets):
        for j, other in enumerate(sets):
            assert pairs[i][j].both == len(one & other)
            assert pairs[i][j].likeness == pytest.approx(
                len(one & other) / len(one | other)
            )
    shown, rest = get_largest(combinations, 5)
    assert sum(n for _m, n in shown) + rest == len(set().union(*sets))
    for mask, count in shown:
        inside = set.intersection(*[sets[i] for i in get_places(mask)])
        outside = set().union(*[s for i, s in enumerate(sets) if not mask >> i & 1])
        assert len(inside - outside) == count
