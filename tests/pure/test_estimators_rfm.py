import duckdb
import numpy as np
import pytest
from estimators import bands, quintiles, rfm_scores


@pytest.mark.parametrize("size", [0, 1, 2, 4, 5, 6, 13, 1000])
def test_fifths_are_those_of_sql_also_with_ties(size):
    rng = np.random.default_rng(size)
    keys = rng.permutation(size) + 1
    values = rng.integers(0, 4, size).astype(float)
    frame = {"key": keys, "value": values}
    with duckdb.connect() as connection:
        connection.register("customer", _table(frame))
        rows = connection.execute(
            "SELECT key, ntile(5) OVER (ORDER BY value, key) FROM customer"
        ).fetchall()
    by_key = dict(rows)
    assert quintiles(values, keys).tolist() == [by_key[key] for key in keys]


def _table(columns):
    import pyarrow

    return pyarrow.table(columns)


def test_later_oftener_and_more_is_better():
    scores = rfm_scores(
        customer=[1, 2, 3, 4, 5],
        last_day=np.array(
            ["2026-01-01", "2026-05-01", "2026-02-01", "2026-04-01", "2026-03-01"],
            dtype="datetime64[D]",
        ),
        frequency=[1, 9, 2, 4, 3],
        monetary=[10.0, 900.0, 5.0, 40.0, 30.0],
    )
    assert scores.cell.tolist() == [112, 555, 221, 444, 333]


def test_own_bands_replace_fifths_for_the_marks_named():
    scores = rfm_scores(
        [1, 2, 3],
        [10, 20, 30],
        [1, 5, 50],
        [-3.0, 100.0, 100.0],
        own_bands={"monetary": [0, 100, 1000], "frequency": [2, 10]},
    )
    assert scores.recency.tolist() == [1, 2, 3]
    assert scores.frequency.tolist() == [1, 2, 3]
    assert scores.monetary.tolist() == [1, 3, 3]


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="must rise"):
        bands([1.0], [10, 10])
    with pytest.raises(ValueError, match="unknown marks"):
        rfm_scores([1], [1], [1], [1], own_bands={"recensy": [1]})
    with pytest.raises(ValueError, match="unique"):
        quintiles([1.0, 2.0], [7, 7])
    with pytest.raises(ValueError, match="missing or infinite"):
        quintiles([1.0, np.nan], [1, 2])
    with pytest.raises(ValueError, match="last_day is missing"):
        rfm_scores([1], np.array(["NaT"], dtype="datetime64[D]"), [1], [1])
