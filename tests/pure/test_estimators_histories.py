import numpy as np
import pytest
from estimators import compare, naive_purchases, split, summarise

CUSTOMER = [7, 7, 7, 7, 3, 3, 9]
DAY = [
    "2026-01-15",
    "2026-01-01",
    "2026-01-15",
    "2026-02-12",
    "2026-01-08",
    "2026-01-08",
    "2026-03-01",
]
VALUE = [10.0, 5.0, 20.0, 70.0, 8.0, 4.0, 99.0]


def test_purchases_of_one_day_are_one_and_the_first_day_is_no_repeat():
    past = summarise(CUSTOMER, DAY, "2026-02-12", VALUE)
    assert past.customers.tolist() == [3, 7]  # 9 came after
    assert past.x.tolist() == [0, 2]
    assert past.t_x.tolist() == [0.0, 6.0]
    assert past.T.tolist() == [5.0, 6.0]
    assert past.mean_value.tolist() == [0.0, 50.0]
    assert past.total_value.tolist() == [12.0, 105.0]
    assert str(past.last[1]) == "2026-02-12"


def test_the_order_of_rows_does_not_matter():
    order = np.random.default_rng(1).permutation(len(DAY))
    mixed = summarise(
        *(np.array(c)[order] for c in (CUSTOMER, DAY)),
        "2026-02-12",
        np.array(VALUE)[order],
    )
    straight = summarise(CUSTOMER, DAY, "2026-02-12", VALUE)
    for name, column in vars(straight).items():
        assert (vars(mixed)[name] == column).all(), name


def test_no_purchases_give_no_histories():
    assert len(summarise([], [], "2026-01-01")) == 0
    assert len(summarise(CUSTOMER, DAY, "2025-12-31", VALUE)) == 0


def test_text_keys_and_days_before_1970_are_fine():
    past = summarise(
        ["b", "a", "a"], ["1969-12-30", "1969-12-01", "1969-12-29"], "1970-01-05"
    )
    assert past.customers.tolist() == ["a", "b"]
    assert past.t_x.tolist() == [4.0, 0.0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (([1, 2], ["2026-01-01"], None), "one length"),
        (([1], ["NaT"], None), "day is missing in row 0"),
        (([1], ["2026-01-01"], [np.nan]), "value is missing or infinite in row 0"),
    ],
)
def test_broken_columns_are_named(columns, said):
    customer, day, value = columns
    with pytest.raises(ValueError, match=said):
        summarise(customer, day, "2026-02-01", value)


def test_the_holdout_counts_days_of_known_customers_only():
    parts = split(CUSTOMER, DAY, "2026-01-10", "2026-02-12", VALUE)
    assert parts.histories.customers.tolist() == [3, 7]
    assert parts.purchases.tolist() == [0.0, 2.0]  # two receipts of 15 January are one
    assert parts.value.tolist() == [0.0, 100.0]
    assert parts.horizon == pytest.approx(33 / 7)
    with pytest.raises(ValueError, match="after the cut-off"):
        split(CUSTOMER, DAY, "2026-01-10", "2026-01-10")


def test_the_naive_rate_of_a_customer_of_today_is_zero():
    assert naive_purchases([2, 0], [4.0, 0.0], 10.0).tolist() == [5.0, 0.0]


def test_the_baseline_wins_a_tie_and_whatever_is_better():
    actual = [0.0, 1.0, 2.0]
    assert compare(actual, actual, actual, 4).winner == "baseline"
    assert compare([0, 1, 3], [0, 1, 2.5], actual, 4).winner == "baseline"
    better = compare([0, 1, 2.5], [0, 1, 3], actual, 4)
    assert better.winner == "model"
    assert better.as_dict()["rmse"]["model"] == pytest.approx(np.sqrt(0.25 / 3))
    assert better.model.bias == pytest.approx(1 / 6)


def test_what_does_not_vary_has_no_correlation_and_nothing_sold_no_bias():
    result = compare([1, 1], [0, 2], [0, 0], 4)
    assert result.model.correlation is None and result.model.bias is None
    with pytest.raises(ValueError, match="no customers"):
        compare([], [], [], 4)
