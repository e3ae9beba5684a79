import time

import numpy as np
import pytest
from estimators import BgNbd, EstimationError, NoConvergence, NotEnoughData
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import beta


def simulate(customers, r, alpha, a, b, seed, weeks=104):
    """Histories by the model's own story, in whole days as shops record them."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(r, 1 / alpha, customers)
    leave = rng.beta(a, b, customers)
    T = rng.integers(weeks * 7 // 2, weeks * 7, customers) / 7
    x, t_x = np.zeros(customers), np.zeros(customers)
    now, active = np.zeros(customers), np.ones(customers, dtype=bool)
    while active.any():
        now = now + rng.exponential(1 / np.maximum(rate, 1e-12))
        active &= now <= T
        day = np.minimum(np.ceil(now * 7) / 7, T)
        bought = active & (day > t_x)  # two purchases of a day are one
        x[bought] += 1
        t_x[bought] = day[bought]
        active &= rng.random(customers) >= leave
    return x, t_x, T


def test_planted_parameters_are_found_again():
    planted = {"r": 0.6, "alpha": 8.0, "a": 0.7, "b": 3.0}
    model = BgNbd().fit(*simulate(60_000, **planted, seed=1997))
    for row in model.summary():
        assert row["value"] == pytest.approx(planted[row["name"]], rel=0.06)


def test_rows_told_once_with_a_weight_count_as_often():
    x, t_x, T = simulate(3_000, 0.5, 6.0, 0.8, 2.5, seed=3)
    twice = BgNbd().fit(np.tile(x, 2), np.tile(t_x, 2), np.tile(T, 2))
    weighted = BgNbd().fit(x, t_x, T, weights=np.full(x.size, 2.0))
    assert weighted.log_likelihood == pytest.approx(twice.log_likelihood)
    assert weighted.r == pytest.approx(twice.r, rel=1e-4)
    assert weighted.customers == twice.customers == 6_000


def test_the_unit_of_time_does_not_matter():
    x, t_x, T = simulate(3_000, 0.5, 6.0, 0.8, 2.5, seed=4)
    weeks, days = BgNbd().fit(x, t_x, T), BgNbd().fit(x, t_x * 7, T * 7)
    assert days.alpha == pytest.approx(weeks.alpha * 7, rel=1e-3)
    assert days.r == pytest.approx(weeks.r, rel=1e-3)


def test_the_gradient_is_that_of_the_likelihood():
    from estimators.bg_nbd import _Grouped

    x, t_x, T = simulate(500, 0.5, 6.0, 0.8, 2.5, seed=5)
    data = _Grouped(x, t_x, T, np.ones(x.size))
    for values in (np.array([0.5, 6.0, 0.8, 2.5]), np.array([3.0, 0.2, 5.0, 0.1])):
        numeric = approx_fprime(values, lambda v: data.log_likelihood(v)[0], 1e-7)
        assert data.log_likelihood(values)[1] == pytest.approx(numeric, rel=1e-4)


def integral(model, t, x, T):
    """Purchases of an active customer, by brute force over both mixing laws."""

    def given(p):
        power = ((model.alpha + T) / (model.alpha + T + p * t)) ** (model.r + x)
        return (1 - power) / p * beta.pdf(p, model.a, model.b + x)

    return quad(given, 0, 1, limit=500)[0]


@pytest.mark.parametrize(
    "parameters",
    [
        (0.243, 4.414, 0.793, 2.426),
        (0.5, 5.0, 1.0, 2.0),  # a pole of the formula, not of the expectation
        (0.5, 5.0, 0.4, 0.6),  # another: a + b = 1 without repeats
        (2.0, 1.0, 0.3, 0.5),
        (1.0, 10.0, 30.0, 200.0),
        (1.0, 10.0, 90.0, 900.0),  # by the integral
    ],
)
def test_expected_purchases_equal_the_integral(parameters):
    model = BgNbd.of(*parameters)
    for x, T in ((0, 20.0), (1, 30.0), (7, 52.0), (60, 100.0)):
        expected = model.purchases_if_alive(39.0, [x], [T])[0]
        assert expected == pytest.approx(integral(model, 39.0, x, T), rel=1e-4)


def test_a_customer_of_hundreds_of_purchases_does_not_overflow():
    model = BgNbd.of(0.243, 4.414, 0.793, 2.426)
    expected = model.expected_purchases(52, [800, 5000], [103.9, 150], [104, 156])
    assert np.isfinite(expected).all()
    assert 300 < expected[0] < 400
    gone = model.probability_alive([800], [50.0], [104.0])
    assert 0 <= gone[0] < 1e-12


def test_nobody_is_alive_more_surely_the_longer_he_is_silent():
    model = BgNbd.of(0.243, 4.414, 0.793, 2.426)
    alive = model.probability_alive([3, 3, 3, 0], [38, 20, 5, 0], [39, 39, 39, 39])
    assert (np.diff(alive[:3]) < 0).all()
    assert alive[3] == 1.0
    assert model.expected_purchases(0, [3], [20], [39]) == pytest.approx([0.0])


def test_too_few_returning_customers_are_refused_by_type():
    with pytest.raises(NotEnoughData, match="came back"):
        BgNbd().fit([], [], [])
    with pytest.raises(NotEnoughData):
        BgNbd().fit(np.zeros(50), np.zeros(50), np.full(50, 20.0))
    with pytest.raises(NotEnoughData):
        BgNbd().fit([1, 1], [2, 3], [9, 9])


def test_customers_without_variance_give_a_bounded_answer_or_a_typed_error():
    same = np.full(200, 4.0), np.full(200, 30.0), np.full(200, 40.0)
    try:
        model = BgNbd().fit(*same)
    except NoConvergence as error:
        assert "naive rate" in str(error)
        return
    assert any(row["at_bound"] for row in model.summary())
    expected = model.expected_purchases(39, *same)
    assert np.isfinite(expected).all() and (expected >= 0).all()


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (([-1.0], [0.0], [5.0]), "whole number"),
        (([1.5], [1.0], [5.0]), "whole number"),
        (([1.0], [6.0], [5.0]), "between 0 and T"),
        (([0.0], [3.0], [5.0]), "t_x must be 0 without"),
        (([1.0], [np.nan], [5.0]), "t_x is missing or infinite in row 0"),
        (([1.0, 2.0], [1.0], [5.0]), "t_x has 1 rows, x has 2"),
    ],
)
def test_impossible_histories_are_named(history, said):
    with pytest.raises(ValueError, match=said):
        BgNbd().fit(*history)


def test_an_unfitted_model_says_so_and_bad_parameters_are_refused():
    with pytest.raises(EstimationError, match="Fit the model"):
        BgNbd().probability_alive([1], [1], [2])
    with pytest.raises(ValueError, match="positive"):
        BgNbd.of(0.2, 4.0, float("nan"), 2.0)
    with pytest.raises(ValueError, match="t must be"):
        BgNbd.of(0.2, 4.0, 0.7, 2.0).expected_purchases(-1, [1], [1], [2])


def test_a_million_customers_fit_fast_enough_to_be_watched(capsys):
    x, t_x, T = simulate(1_000_000, 0.4, 6.0, 0.8, 2.5, seed=6)
    started = time.perf_counter()
    model = BgNbd().fit(x, t_x, T)
    fitted = time.perf_counter()
    expected = model.expected_purchases(52, x, t_x, T)
    ended = time.perf_counter()
    with capsys.disabled():
        print(f"\n1M customers: fit {fitted - started:.1f} s,", end=" ")
        print(f"expectation {ended - fitted:.1f} s")
    assert model.r == pytest.approx(0.4, rel=0.05)
    assert np.isfinite(expected).all()
