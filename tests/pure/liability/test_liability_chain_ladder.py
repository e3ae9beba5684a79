"""Mack's published figures on the triangle of Taylor & Ashe (1983)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liability.chain_ladder import develop, standard_errors, ultimates

# increments by year of origin and of development, in units of currency
TAYLOR_ASHE = """
357848 766940 610542 482940 527326 574398 146342 139950 227229 67948
352118 884021 933894 1183289 445745 320996 527804 266172 425046
290507 1001799 926219 1016654 750816 146923 495992 280405
310608 1108250 776189 1562400 272482 352053 206286
443160 693190 991983 769488 504851 470639
396132 937085 847498 805037 705960
440832 847631 1131398 1063269
359480 1061648 1443370
376686 986608
344014
"""
# Mack (1993), table of section 6: reserves and their standard errors
RESERVES = [0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972]
RESERVES += [4625811]
ERRORS = [0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]
TOTAL, TOTAL_ERROR = 18680856, 2447095


def triangle():
    rows = []
    for line in TAYLOR_ASHE.split("\n"):
        row, height = [], 0
        for step in line.split():
            height += int(step)
            row.append(height)
        if row:
            rows.append(row)
    return rows


def test_reserves_are_those_published():
    rows = triangle()
    found = [end - row[-1] for end, row in zip(ultimates(rows), rows, strict=True)]
    assert found == pytest.approx(RESERVES, abs=1)
    assert sum(found) == pytest.approx(TOTAL, abs=1)


def test_factors_are_those_published():
    published = [3.4906, 1.7473, 1.4574, 1.1739, 1.1038, 1.0863, 1.0539, 1.0766, 1.0177]
    assert develop(triangle()).factors == pytest.approx(published, abs=5e-5)


def test_standard_errors_are_those_published():
    errors, total = standard_errors(triangle())
    assert errors == pytest.approx(ERRORS, abs=1.5)
    assert total == pytest.approx(TOTAL_ERROR, rel=1e-6)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.integers(2, 8))
def test_cohorts_that_grow_alike_end_alike(starts, ages):
    rows = [
        [start * (age + 1) for age in range(max(ages - place, 1))]
        for place, start in enumerate(starts)
    ]
    assert ultimates(rows) == pytest.approx([start * ages for start in starts])


def test_nothing_redeemed_is_no_error():
    assert ultimates([[0, 0], [0], []]) == [0, 0, 0]
    assert ultimates([]) == []
