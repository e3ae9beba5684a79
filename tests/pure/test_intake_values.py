"""Dates, numbers and texts of strangers' files: what is taken and what is refused."""

import doctest
from datetime import date, datetime
from decimal import Decimal

import pytest
from intake import layout, mapping, safe_csv, sniff, text_rows, values
from intake.problems import CellProblem


@pytest.mark.parametrize(
    "module",
    [layout, mapping, safe_csv, sniff, text_rows, values],
    ids=lambda m: m.__name__,
)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "form", "code"),
    [
        ("31/02/2024", "DD/MM/YYYY", "date_impossible"),
        ("2024-13-01", "YYYY-MM-DD", "date_impossible"),
        ("20240230", "YYYYMMDD", "date_impossible"),
        ("1/2/24", "DD/MM/YYYY", "date_form"),
        ("2024-01-01x", "YYYY-MM-DD", "date_form"),
        ("٢٠٢٤-٠١-٠١", "YYYY-MM-DD", "date_form"),
        ("0001-01-01", "YYYY-MM-DD", "date_early"),
        ("9999-12-31", "YYYY-MM-DD", "date_late"),
    ],
)
def test_a_day_that_cannot_be_is_refused(text, form, code):
    with pytest.raises(CellProblem) as caught:
        values.to_date(text, form, date(2026, 1, 1))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("1.2.2024", "DD.MM.YYYY", date(2024, 2, 1)),
        ("1. 2. 2024", "DD.MM.YYYY", date(2024, 2, 1)),
        ("02/01/2024", "MM/DD/YYYY", date(2024, 2, 1)),
        ("19970101", "YYYYMMDD", date(1997, 1, 1)),
        ("01.02.97", "DD.MM.YY", date(1997, 2, 1)),
        ("2024-02-01T10:11:12Z", "YYYY-MM-DD", date(2024, 2, 1)),
    ],
)
def test_days_are_read_in_the_agreed_form(text, form, day):
    assert values.to_date(text, form) == day


def test_a_date_of_a_workbook_needs_no_form():
    cell = datetime(2024, 2, 29, 10, 0)
    assert values.cell_to_date(cell, "DD.MM.YYYY") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    ["NaN", "inf", "-Infinity", "1e400", "1e3", "0x10", "1,234.5", "--1", "", ".", "٣"],
)
def test_only_digits_make_a_number(text):
    with pytest.raises(CellProblem) as caught:
        values.to_number(text)
    assert caught.value.code == "number"


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "number"),
    [
        ("1.234.567,89", ",", ".", "1234567.89"),
        ("1\u202f234,5", ",", " ", "1234.5"),
        ("1'000.00", ".", "'", "1000"),
        ("−12,50", ",", "", "-12.5"),
        ("+7", ".", "", "7"),
        (".5", ".", "", "0.5"),
        ("1234", ".", ",", "1234"),
    ],
)
def test_separators_are_those_agreed(text, decimal, thousands, number):
    assert values.to_number(text, decimal, thousands) == Decimal(number)


def test_a_group_of_two_digits_is_no_thousand():
    with pytest.raises(CellProblem):
        values.to_number("1,23", ".", ",")


@pytest.mark.parametrize("cell", ["9" * 16, "0." + "1" * 16, 1e15, -(2**63)])
def test_a_huge_number_is_refused(cell):
    with pytest.raises(CellProblem) as caught:
        values.cell_to_number(cell, ".", "")
    assert caught.value.code == "number_huge"


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), True])
def test_a_cell_of_a_workbook_must_be_a_finite_number(cell):
    with pytest.raises(CellProblem):
        values.cell_to_number(cell, ".", "")


@pytest.mark.parametrize(
    ("cell", "code"),
    [("a\0b", "nul"), ("a\ud800", "unreadable"), ("a\ufffd", "unreadable")],
)
def test_a_text_that_cannot_be_kept_is_refused(cell, code):
    with pytest.raises(CellProblem) as caught:
        values.to_text(cell)
    assert caught.value.code == code


def test_one_name_has_one_spelling_however_it_is_encoded():
    assert values.to_line("Dvor\u030ca\u0301k", 50) == values.to_line("Dvořák", 50)


def test_a_long_text_is_refused_not_cut():
    with pytest.raises(CellProblem):
        values.to_line("a" * 51, 50)


@pytest.mark.parametrize(
    "text", ["jana", "a@b", "a b@c.cz", "<a@b.cz>", "a@b.cz,c@d.cz"]
)
def test_an_address_that_cannot_be_written_to_is_refused(text):
    with pytest.raises(CellProblem):
        values.to_email(text)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_report_is_a_formula(start):
    assert safe_csv.defuse(start + "1+1") == "'" + start + "1+1"
