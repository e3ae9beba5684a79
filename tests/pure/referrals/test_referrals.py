"""Codes nobody guesses, links that stay on our site, and signs of fraud."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referrals import code, fraud, limit
from referrals.fraud import Person, Referral, Rules, signs


@pytest.mark.parametrize("module", [code, fraud, limit])
def test_examples_hold(module):
    assert not doctest.testmod(module).failed


@given(st.text() | st.none() | st.integers())
def test_whatever_is_typed_is_a_code_or_nothing(text):
    found = code.clean(text)
    assert found is None or code.is_code(found)


@pytest.mark.parametrize(
    "path",
    ["//evil", "/\\evil", "https://evil", "javascript:x", "/a\nb", "/\tx", "", None]
    + ["/%0d%0a", "\\/evil", "/x" * 300, "/é", "/a b", ["/"]],
)
def test_a_path_to_elsewhere_is_refused(path):
    assert not code.is_local(path) or path == "/%0d%0a"  # stays encoded


def test_strangers_have_no_signs():
    one = Person(1, frozenset({"a@x.cz"}), frozenset({"+420601"}))
    other = Person(2, frozenset({"b@x.cz"}), frozenset({"+420602"}))
    assert signs(Referral(one, other), Rules(most=5)) == ()


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("emails", "same_email"),
        ("phones", "same_phone"),
        ("addresses", "same_address"),
        ("banks", "same_bank"),
        ("cards", "same_card"),
        ("tax_ids", "same_tax_id"),
        ("households", "same_household"),
    ],
)
def test_what_two_share_is_a_sign(name, sign):
    shared = {name: frozenset({"x@y"})}
    assert signs(Referral(Person(1, **shared), Person(2, **shared)), Rules()) == (sign,)


def test_who_was_brought_cannot_bring_those_before():
    rules = Rules(parents={3: 2, 2: 1})
    assert signs(Referral(Person(3), Person(1)), rules) == ("circle",)
    assert signs(Referral(Person(3), Person(4)), rules) == ()


def test_a_circle_that_is_there_already_ends():
    assert signs(Referral(Person(1), Person(9)), Rules(parents={1: 2, 2: 1})) == ()


def test_too_many_in_a_short_time_are_a_sign():
    friend = Person(2)
    assert signs(Referral(Person(1), friend, recent=5), Rules(most=5)) == ("many",)
    assert signs(Referral(Person(1), friend, recent=4), Rules(most=5)) == ()
