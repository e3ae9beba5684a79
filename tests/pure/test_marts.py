"""Marts give what the estimators' own arithmetic gives, on the literature's data."""

import datetime

import cdnow
import duckdb
import marts
import numpy as np
import pyarrow
import pytest
from estimators import rfm_scores, split, summarise

CUT_OFF, END = map(datetime.date.fromisoformat, (cdnow.CUT_OFF, cdnow.END))


def fact(customer, day, value, company=1):
    """A connection that holds the purchase fact with these rows."""
    connection = duckdb.connect()
    rows = pyarrow.table(
        {
            "partner_id": np.asarray(customer, dtype=np.int32),
            "date": np.asarray(day, dtype="datetime64[D]"),
            "amount": np.asarray(value, dtype=np.float64),
        }
    )
    connection.register("rows", rows)
    connection.execute(
        f"""CREATE TABLE crm_cube_purchase AS
            SELECT row_number() OVER () AS id, date, partner_id,
                   {company} AS company_id,
                   1::DECIMAL(18,4) AS quantity,
                   amount::DECIMAL(18,4) AS amount,
                   NULL::DECIMAL(18,4) AS cost, NULL::DECIMAL(18,4) AS margin
              FROM rows"""
    )
    return connection


def ask(connection, mart):
    return connection.execute(marts.to_sql(mart)).fetchnumpy()


@pytest.fixture(scope="module")
def sample():
    data = cdnow.load("sample")
    return data, fact(data.customer, data.day, data.value)


def test_customer_history_is_the_estimators_summary(sample):
    data, connection = sample
    mart = ask(connection, marts.customer_history(1, CUT_OFF))
    known = summarise(data.customer, data.day, CUT_OFF, data.value)
    assert (mart["partner_id"] == known.customers).all()
    assert (mart["frequency"] == known.x).all()
    assert np.allclose(mart["recency_days"] / 7, known.t_x)
    assert np.allclose(mart["age_days"] / 7, known.T)
    assert np.allclose(mart["mean_value"], known.mean_value)
    assert np.allclose(mart["total_value"], known.total_value)


def test_rfm_marks_are_the_estimators_marks(sample):
    __, connection = sample
    mart = ask(connection, marts.rfm(1, CUT_OFF))
    days = mart["last_date"].astype("datetime64[D]")
    known = rfm_scores(mart["partner_id"], days, mart["purchases"], mart["total_value"])
    assert (mart["cell"] == known.cell).all()
    assert {555, 111} <= set(mart["cell"])


def test_the_holdout_is_the_estimators_split(sample):
    data, connection = sample
    mart = ask(connection, marts.holdout(1, CUT_OFF, END))
    known = split(data.customer, data.day, CUT_OFF, END, data.value)
    bought = known.purchases > 0
    assert (mart["partner_id"] == known.histories.customers[bought]).all()
    assert (mart["days"] == known.purchases[bought]).all()
    assert np.allclose(mart["value"], known.value[bought])


def test_returns_and_other_companies():
    days = ["2024-01-01", "2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"]
    connection = fact([1] * 5, days, [10, 5, -3, 7, 0])
    mart = ask(connection, marts.customer_history(1, datetime.date(2024, 1, 29)))
    assert mart["frequency"].tolist() == [2], "a return is no visit, a gift is"
    assert mart["mean_value"].tolist() == [3.5]
    assert mart["total_value"].tolist() == [19.0]
    assert mart["age_days"].tolist() == [28]
    other = ask(connection, marts.customer_history(2, datetime.date(2024, 1, 29)))
    assert other["partner_id"].size == 0


def test_a_customer_with_returns_only_has_no_history():
    connection = fact([1, 2], ["2024-01-01", "2024-01-01"], [-5, 5])
    mart = ask(connection, marts.customer_history(1, datetime.date(2024, 2, 1)))
    assert mart["partner_id"].tolist() == [2]


def test_the_same_definition_compiles_for_postgresql():
    assert "NTILE(5)" in marts.to_sql(marts.rfm(1, END), "postgres")
