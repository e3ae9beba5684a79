"""A cursor is believed only when it is ours, this client's and of this database."""

import base64
import doctest

import pytest
from exchange import cursor
from exchange.errors import ExchangeError

SECRET = b"secret"
PLACE = cursor.Cursor(
    epoch="e1",
    client=7,
    scope="s1",
    entities=("customer", "contact"),
    phase=cursor.CHANGES,
    position=120,
    count=80,
)
NOW = {"client": 7, "epoch": "e1", "scope": "s1", "head": 120, "floor": 100}


def test_a_cursor_returns_as_it_went():
    assert cursor.read(PLACE.token(SECRET), SECRET) == PLACE
    cursor.check(PLACE, **NOW)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ({"client": 8}, "cursor_foreign"),
        ({"epoch": "e2"}, "cursor_epoch"),
        ({"scope": "s2"}, "cursor_scope"),
        ({"head": 119}, "cursor_future"),
        ({"floor": 121}, "cursor_expired"),
    ],
)
def test_a_cursor_out_of_place_is_refused_by_name(now, code):
    with pytest.raises(ExchangeError) as refusal:
        cursor.check(PLACE, **{**NOW, **now})
    assert refusal.value.code == code


def test_no_character_of_a_cursor_can_be_changed():
    token = PLACE.token(SECRET)
    for place in range(len(token)):
        for other in "A.=":
            forged = token[:place] + other + token[place + 1 :]
            if forged != token:
                with pytest.raises(ExchangeError) as refusal:
                    cursor.read(forged, SECRET)
                assert refusal.value.code == "cursor_invalid"


def test_a_cursor_signed_by_another_server_is_refused():
    with pytest.raises(ExchangeError):
        cursor.read(PLACE.token(b"other"), SECRET)
    body = (
        base64.urlsafe_b64encode(b'["e1",7,"s1",[],"changes",1]').decode().rstrip("=")
    )
    for forged in (body, f"{body}.", f"{body}.{body}", f".{body}", ".", "a.b.c"):
        with pytest.raises(ExchangeError):
            cursor.read(forged, SECRET)


@pytest.mark.parametrize("token", ["", "ž", "\0", "x" * 5000, 5, None, [], "=.="])
def test_what_is_no_cursor_is_refused(token):
    with pytest.raises(ExchangeError) as refusal:
        cursor.read(token, SECRET)
    assert refusal.value.code == "cursor_invalid"


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(cursor).failed == 0
