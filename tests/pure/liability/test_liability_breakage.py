"""Breakage is bounded by what customers still have; deferral follows IFRS 15."""

import doctest

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from liability import breakage, deferral
from liability.breakage import Cohort, forecast, is_enough, with_rate


@pytest.mark.parametrize("module", [breakage, deferral])
def test_the_examples_hold(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@st.composite
def histories(draw):
    months = draw(st.integers(1, 10))
    cohorts, triangle = [], []
    for place in range(months):
        earned = draw(st.integers(0, 1000))
        row, used = [], 0
        for _age in range(months - place):
            used = draw(st.integers(used, earned))
            row.append(used)
        expired = draw(st.integers(0, earned - used))
        cohorts.append(Cohort(earned, used, earned - used - expired))
        triangle.append(row)
    return cohorts, triangle


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_a_forecast_lies_between_redeemed_and_what_is_left(history):
    cohorts, triangle = history
    for cohort, end in zip(cohorts, forecast(cohorts, triangle), strict=True):
        assert cohort.redeemed <= end <= cohort.redeemed + cohort.outstanding


@given(histories(), st.floats(0, 1))
def test_a_stated_rate_never_exceeds_what_is_left(history, rate):
    cohorts, _triangle = history
    for cohort, end in zip(cohorts, with_rate(cohorts, rate), strict=True):
        assert cohort.redeemed <= end <= cohort.redeemed + cohort.outstanding


def test_known_breakage_is_found_again():
    """Each cohort redeems 30, 20, 10 of 100 in its first months, then nothing."""
    path = [30, 50, 60, 60, 60, 60]
    cohorts, triangle = [], []
    for place in range(6):
        row = path[: 6 - place]
        triangle.append([point * 10 for point in row])
        cohorts.append(Cohort(1000, row[-1] * 10, 1000 - row[-1] * 10))
    assert forecast(cohorts, triangle) == pytest.approx([600] * 6)


def test_little_history_is_not_enough():
    year = [Cohort(1000, 100, 900)] * 12
    assert is_enough(year)
    assert not is_enough(year[:11])
    assert not is_enough([Cohort(1000, 1, 999)] * 12)


def test_example_52_recognises_4110_and_3493():
    _goods, points = deferral.allocate(100_000, 9_500)
    first = points - deferral.remaining(points, 4_500, 9_500)
    second = points - first - deferral.remaining(points, 8_500, 9_700)
    assert (round(first), round(second)) == (4_110, 3_493)
