"""What may go over the wire in either direction."""

import doctest
import math
import xmlrpc.client
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from exchange import errors, wire
from exchange.errors import ExchangeError

HOSTILE = {
    "null": None,
    "2^31": 2**31,
    "2^63": 2**63,
    "below -2^31": -(2**31) - 1,
    "NaN": math.nan,
    "1e400": float("1e400"),
    "lone surrogate": "\ud800",
    "NUL": "a\0b",
    "escape": "\x1b[31m",
    "C1 control": "\x85",
    "noncharacter": "\uffff",
    "64 kB and one": "x" * (64 * 1024 + 1),
    "64 kB in UTF-8": "č" * (32 * 1024 + 1),
    "bytes": b"x",
    "binary": xmlrpc.client.Binary(b"x"),
    "names that are numbers": {1: "a"},
    "a name with NUL": {"\0": "a"},
    "an object": object(),
}


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "place", [lambda v: v, lambda v: [v], lambda v: {"a": {"b": v}}]
)
def test_what_the_wire_cannot_carry_is_refused(value, place):
    with pytest.raises(ExchangeError) as refusal:
        wire.incoming(place(value), "keys")
    answer = refusal.value.as_dict()
    assert answer["code"] in ("invalid_value", "too_large")
    assert not answer["retryable"]
    assert answer["path"].startswith("keys")
    assert wire.outgoing(answer) == answer


def test_nesting_ends_at_sixteen_and_does_not_exhaust_the_stack():
    assert wire.incoming(nested(16)) == nested(16)
    for depth in (17, 20_000):
        with pytest.raises(ExchangeError):
            wire.incoming(nested(depth))


def test_the_path_names_the_faulty_place():
    with pytest.raises(ExchangeError) as refusal:
        wire.incoming([{"id": 1}, {"id": math.inf}], "keys")
    assert refusal.value.path == "keys[1].id"


def test_ordinary_values_arrive_unchanged():
    value = {"a": [1, -(2**31), 2**31 - 1, 1.5, True, "Žluťoučký\tkůň\n", ""]}
    assert wire.incoming(value) == value
    assert wire.incoming((1, 2)) == [1, 2]
    moment = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert wire.incoming(moment) == "2026-03-01T10:00:00Z"


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u2066", "\ufeff"])
def test_a_key_must_not_look_like_another(mark):
    with pytest.raises(ExchangeError):
        wire.key(f"A{mark}1")


def test_results_are_fit_for_both_faces():
    sent = wire.outgoing(
        {
            "big": 2**40,
            "amount": Decimal("1E+3"),
            "day": date(2026, 3, 1),
            "moment": datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=UTC),
            "text": "a\x0bb\ufffe",
            "pair": (1, True),
        }
    )
    assert sent == {
        "big": "1099511627776",
        "amount": "1000",
        "day": "2026-03-01",
        "moment": "2026-03-01T12:30:00.000005Z",
        "text": "a\ufffdb\ufffd",
        "pair": [1, True],
    }
    over = xmlrpc.client.loads(xmlrpc.client.dumps((sent,), methodresponse=True))
    assert over[0][0] == sent


@pytest.mark.parametrize("value", [None, math.nan, {1: 2}, object(), Decimal("NaN")])
def test_our_own_unfit_result_is_found_before_it_is_returned(value):
    with pytest.raises(TypeError):
        wire.outgoing({"data": value})
    with pytest.raises(TypeError):
        wire.outgoing(nested(17))


def test_what_is_shown_of_a_refused_value_is_short_and_printable():
    for value in (*HOSTILE.values(), nested(5_000), "\x1b" * 5_000):
        shown = errors.show(value)
        assert len(shown) <= errors.SHOWN
        assert shown.isascii() and shown.isprintable()


@pytest.mark.parametrize("module", [wire, errors])
def test_examples_in_the_documentation_hold(module):
    assert doctest.testmod(module).failed == 0
