import time

import numpy as np
import pytest
from estimators import GammaGamma, NoConvergence, NotEnoughData
from scipy.optimize import approx_fprime


def simulate(customers, p, q, v, seed):
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.3, customers).astype(float)
    spread = rng.gamma(q, 1 / v, customers)
    return x, rng.gamma(p * x, 1 / (spread * x))


def test_planted_parameters_are_found_again():
    planted = {"p": 6.0, "q": 4.0, "v": 15.0}
    model = GammaGamma().fit(*simulate(60_000, **planted, seed=1998))
    for row in model.summary():
        assert row["value"] == pytest.approx(planted[row["name"]], rel=0.06)
    assert model.population_value == pytest.approx(30.0, rel=0.02)


def test_the_gradient_is_that_of_the_likelihood():
    from estimators.gamma_gamma import _Grouped

    x, mean = simulate(400, 6.0, 4.0, 15.0, seed=5)
    data = _Grouped(x, mean, np.ones(x.size))
    for values in (np.array([6.0, 4.0, 15.0]), np.array([0.3, 9.0, 0.5])):
        numeric = approx_fprime(values, lambda v: data.log_likelihood(v)[0], 1e-7)
        assert data.log_likelihood(values)[1] == pytest.approx(numeric, rel=1e-4)


def test_the_currency_does_not_matter():
    x, mean = simulate(3_000, 6.0, 4.0, 15.0, seed=6)
    crowns, dollars = GammaGamma().fit(x, mean * 23.5), GammaGamma().fit(x, mean)
    assert crowns.v == pytest.approx(dollars.v * 23.5, rel=1e-3)
    assert crowns.p == pytest.approx(dollars.p, rel=1e-3)
    expected = dollars.log_likelihood - x.size * np.log(23.5)
    assert crowns.log_likelihood == pytest.approx(expected)


def test_one_purchase_is_believed_less_than_many():
    model = GammaGamma.of(p=6.25, q=3.74, v=15.44)
    one, many = model.expected_value([1, 30], [100.0, 100.0])
    assert model.population_value < one < many < 100.0


def test_customers_without_a_positive_average_get_that_of_all():
    model = GammaGamma.of(p=6.25, q=3.74, v=15.44)
    values = model.expected_value([0, 3, 2], [0.0, -20.0, 0.0])
    assert values == pytest.approx([model.population_value] * 3)


def test_returns_and_gifts_are_left_out_of_the_fit():
    x, mean = simulate(3_000, 6.0, 4.0, 15.0, seed=7)
    spoiled = GammaGamma().fit(
        np.append(x, [2, 3, 0]), np.append(mean, [-50.0, 0.0, 10.0])
    )
    clean = GammaGamma().fit(x, mean)
    assert (spoiled.p, spoiled.customers) == (clean.p, clean.customers)


def test_equal_values_give_that_value():
    x, mean = np.array([1, 2, 3, 4, 5, 6] * 20), np.full(120, 25.0)
    try:
        model = GammaGamma().fit(x, mean)
    except NoConvergence:
        return
    assert any(row["at_bound"] for row in model.summary())
    assert model.expected_value(x, mean) == pytest.approx(mean, rel=0.02)


def test_an_infinite_mean_is_not_given_out():
    model = GammaGamma().fit(*simulate(4_000, 5.0, 0.8, 2.0, seed=8))
    assert model.q < 1
    assert model.expected_value([0], [0.0])[0] == pytest.approx(model.average)
    assert (model.expected_value([1, 2], [1.0, 50.0]) > 0).all()


def test_too_few_values_are_refused_by_type():
    with pytest.raises(NotEnoughData, match="positive average"):
        GammaGamma().fit([], [])
    with pytest.raises(NotEnoughData):
        GammaGamma().fit(np.ones(50), np.full(50, -3.0))
    with pytest.raises(ValueError, match="missing or infinite in row 1"):
        GammaGamma().fit([1, 1], [2.0, np.inf])


def test_a_million_customers_fit_fast_enough_to_be_watched(capsys):
    x, mean = simulate(1_000_000, 6.0, 4.0, 15.0, seed=9)
    started = time.perf_counter()
    model = GammaGamma().fit(x, mean)
    with capsys.disabled():
        print(f"\n1M customers: Gamma-Gamma {time.perf_counter() - started:.1f} s")
    assert model.p == pytest.approx(6.0, rel=0.02)
