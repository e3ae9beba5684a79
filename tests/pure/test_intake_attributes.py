"""Values of attributes from callers that may be wrong or hostile, and questions."""

import doctest
import math
from datetime import date, datetime

import pytest
from intake import attribute_values, attribute_words
from intake.attribute_values import COLUMNS, SEVERAL, read_value
from intake.attribute_words import read_question
from intake.problems import CellProblem


@pytest.mark.parametrize(
    "module", [attribute_values, attribute_words], ids=lambda m: m.__name__
)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


HOSTILE = [
    object(),
    {},
    {"a": 1},
    [[1]],
    [{"id": 1}],
    [0],
    [-1],
    [2**31],
    [True],
    list(range(1, 100)),
    math.nan,
    math.inf,
    1e400,
    2**63,
    -(2**63),
    "\0",
    "\ud800",
    "a" * 10_000_000,
    "9999-99-99",
    "0001-01-01",
    datetime(2020, 1, 1),
    b"x",
    (4, 1, 2),
]


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda r: ascii(r)[:20])
@pytest.mark.parametrize("kind", COLUMNS)
def test_value_of_another_kind_is_a_problem_and_never_a_fall(kind, raw):
    try:
        value = read_value(kind, raw)
    except CellProblem:
        return
    allowed = {
        "text": str,
        "number": float,
        "date": date,
        "flag": bool,
        "choice": int,
    }
    if kind in SEVERAL:
        assert all(type(one) is int and 0 < one < 2**31 for one in value)
    else:
        assert value is None or type(value) is allowed[kind]


def test_marks_that_turn_text_around_are_left_out():
    assert read_value("text", "A\u202eB\u2066C") == "ABC"


def test_empty_takes_a_value_away():
    for kind in COLUMNS:
        empty = [] if kind in SEVERAL else None
        assert read_value(kind, None) == empty
    assert read_value("flag", False) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", ("a", "=", "b")),
        ("a >= 3", ("a", ">=", "3")),
        ("a != b", ("a", "!=", "b")),
        ("t_x: y = z", ("t_x", ":", "y = z")),
        ("= b", ("", ":", "= b")),
        ("", ("", ":", "")),
        ("x" * 10_000, ("", ":", "x" * 500)),
    ],
)
def test_questions(text, expected):
    assert read_question(text) == expected
