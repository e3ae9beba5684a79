"""The statistics of a profile against published and independent answers."""

import doctest
import itertools
import math

import pytest
from contrast import difference, discovery, distribution, proportion
from contrast.difference import Sample, compare_means
from contrast.discovery import adjust
from contrast.distribution import incomplete_beta, student_two_sided
from contrast.proportion import compare_share

# Cushny & Peebles (1905), the sleep data of Student (1908)
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Benjamini & Hochberg (1995), section 3: myocardial infarction, 15 comparisons
NEUHAUS = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
NEUHAUS += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]


def sample(numbers):
    mean = sum(numbers) / len(numbers)
    squares = sum((n - mean) ** 2 for n in numbers)
    middle = sorted(numbers)[len(numbers) // 2]
    return Sample(len(numbers), mean, math.sqrt(squares / (len(numbers) - 1)), middle)


@pytest.mark.parametrize("module", (distribution, proportion, difference, discovery))
def test_examples_hold(module):
    assert doctest.testmod(module).failed == 0


def test_welch_on_the_sleep_data_as_r_tells_it():
    found = compare_means(sample(DRUG_1), sample(DRUG_2))
    assert found.t == pytest.approx(-1.8608, abs=5e-5)
    assert found.freedom == pytest.approx(17.776, abs=5e-4)
    assert found.p == pytest.approx(0.07939, abs=5e-6)
    assert found.effect == pytest.approx(-0.8322 * (1 - 3 / 71), abs=5e-4)
    assert found.size == "medium"


def test_the_paper_of_benjamini_and_hochberg_keeps_four():
    adjusted = adjust(NEUHAUS)
    assert [p <= 0.05 for p in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_adjusted_values_do_not_depend_on_the_order():
    for order in itertools.permutations([0.01, 0.02, None, 0.3]):
        by_value = dict(zip(order, adjust(order), strict=True))
        assert by_value == {0.01: 0.03, 0.02: 0.03, 0.3: 0.3, None: None}


def test_salk_vaccine_of_1954_was_no_chance():
    # 33 of 200,745 vaccinated and 115 of 201,229 others fell ill (Francis 1955)
    found = compare_share(33, 200_745, 33 + 115, 200_745 + 201_229)
    assert found.z == pytest.approx(-6.727, abs=0.001)
    assert found.p == pytest.approx(1.73e-11, rel=0.01)
    assert found.index == pytest.approx(44.6, abs=0.1)


def test_the_test_of_shares_is_that_of_pearson():
    stats = pytest.importorskip("scipy.stats")
    for table in ([[30, 70], [45, 155]], [[12, 8], [90, 110]]):
        (a, b), (c, d) = table
        found = compare_share(a, a + b, a + c, a + b + c + d)
        chi = stats.chi2_contingency(table, correction=False)
        assert found.z**2 == pytest.approx(chi.statistic)
        assert found.p == pytest.approx(chi.pvalue)


def test_student_tails_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    for t, freedom in itertools.product((0, 0.1, 1, 2.5, 30), (1, 3.7, 40, 1e6)):
        expected = 2 * stats.t.sf(t, freedom)
        assert student_two_sided(t, freedom) == pytest.approx(expected, rel=1e-7)
    assert incomplete_beta(3, 2, 0) == 0 and incomplete_beta(3, 2, 1) == 1


def test_nothing_is_said_of_a_handful():
    found = compare_share(2, 4, 10, 100)
    assert found.p is None and found.index == 500
    assert compare_means(Sample(4, 9, 1, 9), Sample(90, 1, 1, 1)).p is None
    assert compare_means(Sample(9, 2, 0, 2), Sample(9, 2, 0, 2)).p is None


def test_nobody_and_everybody():
    assert compare_share(0, 0, 0, 0).index is None
    assert compare_share(50, 50, 100, 100).p is None  # all have it: no difference


def test_a_group_that_is_no_part_of_the_base_is_refused():
    with pytest.raises(ValueError, match="no part"):
        compare_share(5, 10, 4, 100)
