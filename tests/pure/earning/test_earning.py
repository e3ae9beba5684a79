"""Known answers of the comparison, and what a customer would miss in the counting."""

import doctest
import hashlib
import random

import pytest
from earning import (
    caps,
    control,
    histogram,
    multipliers,
    points,
    rewards,
    stacking,
    student,
    uplift,
)
from earning.multipliers import Multiplier, multiply
from earning.points import Line, Part, Rule, earn
from earning.stacking import Offer, choose
from earning.uplift import compare, group

PURE = [
    caps,
    control,
    histogram,
    multipliers,
    points,
    rewards,
    stacking,
    student,
    uplift,
]


@pytest.mark.parametrize("module", PURE, ids=lambda m: m.__name__)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_sleep_data_of_student_give_the_published_welch_test():
    """Student 1908; R prints t = -1.8608, df = 17.776, p = 0.07939, this interval."""
    one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = compare(group(one), group(two))
    assert found.t == pytest.approx(-1.8608, abs=5e-5)
    assert found.df == pytest.approx(17.776, abs=5e-4)
    assert found.p == pytest.approx(0.07939, abs=5e-6)
    assert (found.low, found.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)
    assert not found.is_sure
    assert "few" in found.warnings


def test_95_of_100_intervals_hold_the_true_difference():
    """Known truth: spend of 0 or about 50, five more for the treated, sizes 9 : 1."""
    rng = random.Random(1947)
    hits = 0
    for _round in range(400):
        treated = [rng.gauss(55, 20) for _n in range(270)]
        held = [rng.gauss(50, 30) for _n in range(30)]
        found = compare(group(treated), group(held))
        hits += found.low <= 5 <= found.high
    assert 365 <= hits <= 394  # 380 expected, 4.4 the standard deviation


def test_skewed_purchases_of_few_are_warned_of():
    rng = random.Random(3)
    spend = [rng.lognormvariate(3, 1.5) for _n in range(150)]
    assert "skewed" in compare(group(spend), group(spend[::-1])).warnings
    even = [rng.gauss(50, 9) for _n in range(150)]
    assert compare(group(even), group(even)).warnings == ()


def test_groups_where_nobody_bought_conclude_nothing():
    found = compare(group([0.0] * 200), group([0.0] * 200))
    assert found.warnings == ("nobody",)
    assert not found.is_sure


def test_a_discount_lowers_doubled_and_single_points_alike():
    lines = [
        Line(1, 1, 100, 100),
        Line(2, 1, 100, 100),
        Line(9, 1, -20, -20, rewarded=True),
    ]
    total, parts = earn([Rule(1, "money", 1)], lines)
    assert total == 180
    strings = Multiplier(5, 2.0, frozenset([1]))
    outcome = multiply(total, parts, [strings], lambda at: lines[at].product)
    assert outcome.points == 270
    assert outcome.worked == {5: 90.0}


def test_multipliers_of_products_leave_points_of_the_order_alone():
    parts = [Part(1, None, 50), Part(2, 0, 10)]
    strings = Multiplier(5, 3.0, frozenset([1]))
    assert multiply(60, parts, [strings], {0: 1}.get).points == 80


def test_highest_and_product_differ_and_the_ceiling_holds():
    parts = [Part(1, None, 100)]
    both = [Multiplier(1, 2.0), Multiplier(2, 1.5)]
    assert multiply(100, parts, both, None, "max").points == 200
    assert multiply(100, parts, both, None, "product").points == 300
    assert multiply(100, parts, both, None, "product", 2.5).points == 250
    assert multiply(100, parts, both, None, "max").worked == {1: 100}


def test_order_in_which_offers_come_does_not_matter():
    rng = random.Random(8)
    offers = [Offer(n, rng.choice([1.0, 2.0, 3.0]), rng.randrange(3)) for n in range(9)]
    for how in ("best", "priority"):
        expected = choose(offers, how, 3)
        for _turn in range(20):
            rng.shuffle(offers)
            assert choose(offers, how, 3) == expected


def test_programmes_leave_out_different_people():
    one = {n for n in range(20_000) if control.is_control("key", 1, n, 10)}
    two = {n for n in range(20_000) if control.is_control("key", 2, n, 10)}
    assert 140 < len(one & two) < 260  # 200 by chance


def test_without_the_key_the_draw_is_another():
    digest = hashlib.sha256(b":1:7:").digest()
    assert control.draw("key", 1, 7) != int.from_bytes(digest[:4], "big")
    assert control.draw("key", 1, 7) != control.draw("other", 1, 7)
