"""Money of less churn, against the published table of margin multiples."""

import doctest

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tracking import churn, profit
from tracking.churn import less_churn, margin_multiple
from tracking.profit import Year, split

# Gupta & Lehmann (2003): retention by discount rate of 10, 12, 14 and 16%
MULTIPLES = {
    0.60: (1.20, 1.15, 1.11, 1.07),
    0.70: (1.75, 1.67, 1.59, 1.52),
    0.80: (2.67, 2.50, 2.35, 2.22),
    0.90: (4.50, 4.09, 3.75, 3.46),
}


@pytest.mark.parametrize("module", [churn, profit])
def test_the_examples_hold(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@pytest.mark.parametrize("retention", MULTIPLES)
def test_multiples_are_those_published(retention):
    found = [margin_multiple(retention, i / 100) for i in (10, 12, 14, 16)]
    assert found == pytest.approx(MULTIPLES[retention], abs=0.0051)


def test_the_formula_is_the_sum_of_the_years():
    years = sum(0.8**t / 1.1**t for t in range(1, 400))
    assert margin_multiple(0.8, 0.1) == pytest.approx(years)


shares = st.floats(0.01, 0.99)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 10**4), shares, st.floats(0.01, 0.5))
def test_no_points_change_nothing_and_more_points_are_worth_more(n, margin, r, i):
    gains = [less_churn(n, margin, r, i, points)["gain"] for points in range(6)]
    assert gains[0] == 0
    assert gains == sorted(gains)


@pytest.mark.parametrize("retention, discount", [(1.1, 0.1), (-0.1, 0.1), (0.5, 0)])
def test_what_cannot_be_is_refused(retention, discount):
    with pytest.raises(ValueError):
        margin_multiple(retention, discount)


def test_parts_of_profit_add_up():
    first = Year(50, 40, list_value=90, paid=80, days=2, contacts=3, referrals=0)
    now = Year(50, 70, list_value=140, paid=133, days=4, contacts=2, referrals=0.5)
    parts = split(first, now, contact_cost=4, brought_margin=40)
    total = parts.pop("total")
    assert total == pytest.approx(sum(parts.values()))
    assert total == pytest.approx(70 + parts["service"] + 20)


def test_what_nobody_knows_is_no_part():
    first, now = Year(50, 40, days=2), Year(50, 70, days=4)
    parts = split(first, now, contact_cost=None, brought_margin=40)
    assert parts["price"] is None and parts["service"] is None
    assert parts["total"] == 70
