"""Known answers of the robust alarm, and what must never raise one."""

import doctest
import math

import pytest
from vigilance import domain_shape, habit
from vigilance.habit import LEAST_MAD, deviation, judge


@pytest.mark.parametrize("module", [habit, domain_shape], ids=lambda m: m.__name__)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_scores_of_iglewicz_and_hoaglin():
    """Median 2.45, MAD 0.15: 0.6745 * 5.75 / 0.15 and 0.6745 * 5.85 / 0.15."""
    data = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]
    assert deviation(8.2, data) == pytest.approx(25.8558, abs=1e-4)
    assert deviation(8.3, data) == pytest.approx(26.3055, abs=1e-4)
    assert deviation(2.1, data) == pytest.approx(-1.5738, abs=1e-4)


def test_a_day_of_theft_in_the_habit_does_not_hide_the_next():
    clean, stained = [100] * 8, [100] * 7 + [50_000]
    assert judge(40_000, clean, [100]).is_unusual
    assert judge(40_000, stained, [100]).is_unusual


def test_less_than_a_doubling_of_an_even_habit_is_no_alarm():
    assert not judge(200, [100] * 12, [100] * 12).is_unusual  # 201 < 2 * 101
    assert judge(202, [100] * 12, [100] * 12).is_unusual
    assert pytest.approx(math.log(2) * 0.6745 / 3.5) == LEAST_MAD


def test_who_always_reads_much_is_left_alone():
    assert not judge(9_000, [8_000, 9_500, 10_000, 8_700], [50, 60, 70]).is_unusual


def test_who_reads_as_others_do_is_left_alone():
    assert not judge(900, [10, 12, 9, 11], [800, 1_000, 950, 870]).is_unusual


def test_a_newcomer_is_compared_with_peers():
    assert judge(5_000, [], [80, 90, 100, 120]).is_unusual
    assert not judge(110, [], [80, 90, 100, 120]).is_unusual


def test_small_numbers_are_nobodys_concern():
    assert not judge(40, [0] * 12, [0] * 12, least_rows=200).is_unusual


def test_without_any_habit_only_the_least_volume_speaks():
    verdict = judge(300, [], [], least_rows=200)
    assert verdict.is_unusual and verdict.own_score is None


def test_no_value_of_a_filter_is_kept():
    secret = "jan@example.com"
    domain = [("email", "=", secret), (secret, "=", 1), secret, {"x": secret}]
    assert secret not in domain_shape.shape(domain)
    deep = []
    for _ in range(5_000):
        deep = [("a", "any", deep)]
    assert len(domain_shape.shape(deep)) < 600
