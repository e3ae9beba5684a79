"""Known answers: CDNOW as in Fader, Hardie & Lee (2005) and Fader & Hardie (2013)."""

import cdnow
import pytest
from estimators import (
    BgNbd,
    GammaGamma,
    compare,
    lifetime_value,
    naive_purchases,
    split,
    summarise,
)


@pytest.fixture(scope="module", params=["sample", "master"])
def fitted(request):
    data = cdnow.load(request.param)
    parts = split(data.customer, data.day, cdnow.CUT_OFF, cdnow.END, data.value)
    past = parts.histories
    return request.param, parts, BgNbd().fit(past.x, past.t_x, past.T)


def test_the_sample_gives_the_published_bg_nbd_parameters():
    data = cdnow.load("sample")
    past = summarise(data.customer, data.day, cdnow.CUT_OFF)
    model = BgNbd().fit(past.x, past.t_x, past.T)
    assert (len(past), int((past.x > 0).sum())) == (2357, 946)
    assert model.r == pytest.approx(0.243, abs=0.0005)
    assert model.alpha == pytest.approx(4.414, abs=0.0005)
    assert model.a == pytest.approx(0.793, abs=0.0005)
    assert model.b == pytest.approx(2.426, abs=0.0005)
    assert model.log_likelihood == pytest.approx(-9582.43, abs=0.005)


def test_the_published_customer_is_expected_to_buy_as_in_the_paper():
    model = BgNbd.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
    # Fader, Hardie & Lee's spreadsheet note: x=2, t_x=30.43, T=38.86, 39 weeks ahead
    expected = model.expected_purchases(39, [2], [30.43], [38.86])
    assert expected == pytest.approx([1.226], abs=0.0005)


def test_the_sample_gives_the_published_gamma_gamma_parameters():
    data = cdnow.load("sample")
    past = summarise(data.customer, data.day, cdnow.CUT_OFF, data.value)
    model = GammaGamma().fit(past.x, past.mean_value)
    assert model.customers == 946
    assert model.p == pytest.approx(6.25, abs=0.005)
    assert model.q == pytest.approx(3.74, abs=0.005)
    assert model.v == pytest.approx(15.44, abs=0.005)


def test_the_holdout_errors_are_those_known_and_the_model_wins(fitted):
    name, parts, model = fitted
    known = {
        "sample": {"mae": 0.786, "correlation": 0.626, "naive": 1.024},
        "master": {"mae": 0.819, "correlation": 0.669, "naive": 1.038},
    }[name]
    past = parts.histories
    assert parts.horizon == 39.0
    predicted = model.expected_purchases(parts.horizon, past.x, past.t_x, past.T)
    naive = naive_purchases(past.x, past.T, parts.horizon)
    result = compare(predicted, naive, parts.purchases, parts.horizon)
    assert result.model.mae == pytest.approx(known["mae"], abs=0.001)
    assert result.model.correlation == pytest.approx(known["correlation"], abs=0.001)
    assert result.baseline.mae == pytest.approx(known["naive"], abs=0.001)
    assert -0.15 < result.model.bias < -0.12  # the model is known to be too low
    assert result.winner == "model"
    assert result.as_dict()["mae"]["baseline"] == result.baseline.mae


def test_parameters_come_with_intervals_that_hold_them(fitted):
    __, __, model = fitted
    rows = {row["name"]: row for row in model.summary()}
    assert list(rows) == ["r", "alpha", "a", "b"]
    for name, row in rows.items():
        assert row["lower"] < row["value"] < row["upper"]
        assert row["value"] == getattr(model, name)
        assert not row["at_bound"]


def test_lifetime_value_is_below_turnover_undiscounted_and_grows_with_horizon(fitted):
    __, parts, model = fitted
    past = parts.histories
    spending = GammaGamma().fit(past.x, past.mean_value)
    history = (past.x, past.t_x, past.T, past.mean_value)
    year = lifetime_value(model, spending, *history)
    plain = lifetime_value(model, spending, *history, annual_rate=0.0)
    longer = lifetime_value(model, spending, *history, months=24)
    weeks = 365.25 / 7
    undiscounted = model.expected_purchases(weeks, past.x, past.t_x, past.T)
    undiscounted = undiscounted * spending.expected_value(past.x, past.mean_value)
    assert plain == pytest.approx(undiscounted, rel=1e-9)
    assert (year < plain).all() and (year > plain / 1.1).all()
    assert (longer > year).all()
