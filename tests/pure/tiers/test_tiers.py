"""Periods, days to keep and steps of levels: nobody falls early or too deep."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiers import period, step
from tiers.period import Period
from tiers.step import step as next_step

DAYS = st.dates(date(2000, 1, 1), date(2060, 1, 1))
PERIODS = st.builds(
    Period, st.sampled_from(["rolling", "month", "quarter", "year"]), st.integers(1, 36)
)
RANKS = st.integers(0, 6)


@pytest.mark.parametrize("module", [period, step])
def test_examples_hold(module):
    assert not doctest.testmod(module).failed


@given(PERIODS, DAYS)
def test_a_day_is_in_its_period(a_period, day):
    first, last = a_period.window(day)
    assert first <= day <= last


@given(PERIODS, DAYS, st.integers(0, 24))
def test_what_was_reached_is_kept_to_the_end_of_the_period_at_least(
    a_period, day, more
):
    until = a_period.keep_until(day, more)
    assert until >= day
    if a_period.kind != "rolling":
        assert until >= a_period.window(day)[1]
    assert (until + timedelta(days=1)).day == 1, "ends with a month"


@given(DAYS, DAYS)
def test_later_days_are_kept_as_long_or_longer(one, other):
    early, late = sorted((one, other))
    year = Period("year")
    assert year.keep_until(early, 1) <= year.keep_until(late, 1)


@given(RANKS, RANKS, st.none() | DAYS, DAYS, st.booleans(), st.integers(0, 60))
def test_nobody_falls_early_deep_or_below_what_fits(rank, fits, keep, day, soft, grace):
    found = next_step(rank, fits, keep, day, soft=soft, grace_days=grace)
    assert found.rank >= fits
    if fits > rank:
        assert found.rank == fits
    if keep is None or day <= keep + timedelta(days=grace):
        assert found.rank >= rank
    if soft:
        assert found.rank >= rank - 1


def test_a_period_without_length_is_refused():
    with pytest.raises(ValueError, match="month"):
        Period("rolling", 0)
    with pytest.raises(ValueError, match="week"):
        Period("week")
