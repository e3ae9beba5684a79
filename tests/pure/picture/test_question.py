import doctest
from datetime import date

import pytest
from picture import advice, question
from picture.question import BadQuestion, Place, Question, identifier, read

CHANNELS = {"mail", "call"}


@pytest.mark.parametrize("module", [advice, question])
def test_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "value", [True, None, 0, -1, 2**31, 1.0, "1", [1], float("nan"), {}]
)
def test_only_a_number_of_a_record_is_an_id(value):
    with pytest.raises(BadQuestion):
        identifier(value, "partner_id")


@pytest.mark.parametrize(
    "place",
    [
        "2026-13-01 00:00:00|i|1",
        "2026-01-01 00:00:00|x|1",
        "2026-01-01 00:00:00|i|2147483648",
        "2026-01-01 00:00:00|i|1\n",
        "٢٠٢٦-01-01 00:00:00|i|1",
        "' OR 1=1 --",
        7,
    ],
)
def test_a_tampered_place_is_refused(place):
    with pytest.raises(BadQuestion, match="before"):
        Place.parse(place)


def test_pages_follow_time_then_interactions_then_newer_rows():
    places = [
        "2026-01-02 12:00:00|i|9",
        "2026-01-02 12:00:00|i|8",
        "2026-01-02 12:00:00|p|99",
        "2026-01-01 12:00:00|i|100",
    ]
    keys = [Place.parse(text).key for text in places]
    assert keys == sorted(keys, reverse=True)


def test_a_whole_question_is_understood():
    asked = {
        "channels": ["mail", "mail"],
        "since": "2026-01-01",
        "until": "",
        "user_id": 3,
        "person_id": False,
        "text": " piano\x00  100%_ ",
    }
    assert read(asked, CHANNELS) == Question(
        ("mail",), date(2026, 1, 1), None, 3, None, ("piano", "100%_")
    )
    assert read(None, CHANNELS) == read({}, CHANNELS) == Question()


@pytest.mark.parametrize(
    "filters, named",
    [
        ([], "filters"),
        ({1: 2}, "filters"),
        ({"domain": [("id", ">", 0)]}, "domain"),
        ({"channels": "mail"}, "channels"),
        ({"channels": ["fax"]}, "channels"),
        ({"channels": [["mail"]]}, "channels"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "2026-02-30"}, "until"),
        ({"since": 20260101}, "since"),
        ({"user_id": "1; DROP TABLE"}, "user_id"),
        ({"text": ["a"]}, "text"),
    ],
)
def test_what_cannot_be_meant_is_named(filters, named):
    with pytest.raises(BadQuestion, match=named):
        read(filters, CHANNELS)


def test_a_search_is_cut_and_cleaned():
    words = read({"text": "a\u202eb \ud800 " + "x" * 5000}, CHANNELS).words
    assert words[:2] == ("a", "b")
    assert all(len(word) <= question.LONGEST for word in words)


def test_advice_is_silent_where_a_fact_may_not_be_seen():
    facts = {"contact_days": 200, "phase": "lost", "bought_days": 500}
    assert [r.code for r in advice.advise(facts)] == ["silence"]
    known = {**facts, "valuable": True}
    assert [r.code for r in advice.advise(known)] == ["win_back", "silence"]


def test_advice_is_short_and_the_debt_comes_first():
    facts = {
        "contact_days": 100,
        "reachable": False,
        "birthday_in": 0,
        "quotation_days": 30,
        "overdue_days": 1,
    }
    codes = [rule.code for rule in advice.advise(facts)]
    assert codes == ["debt", "quotation", "birthday"]


@pytest.mark.parametrize(
    "facts, advised",
    [
        ({"overdue_days": 0}, []),
        ({"unanswered_days": 1}, ["answer"]),
        ({"quotation_days": 6}, []),
        ({"birthday_in": 8}, []),
        ({"bought_days": 3, "contact_days": 10}, ["thank"]),
        ({"bought_days": 10, "contact_days": 3}, []),
        ({"reachable": False}, ["address"]),
        ({"need_days": 14}, ["need"]),
    ],
)
def test_limits_of_rules(facts, advised):
    assert [rule.code for rule in advice.advise(facts)] == advised
