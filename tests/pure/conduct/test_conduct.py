"""Who wins, who decides, when and how: laws that hold for any policies."""

import doctest
from datetime import datetime

from conduct import authority, contact, resolve
from conduct.authority import Authority
from conduct.contact import Way
from conduct.resolve import Policy
from hypothesis import given
from hypothesis import strategies as st

RULES = ["pricelist", "payment_term", "max_discount"]
POLICIES = st.lists(
    st.builds(
        Policy,
        id=st.integers(1, 50),
        name=st.just("P"),
        segment_id=st.integers(1, 4),
        sequence=st.integers(1, 3),
        company_id=st.none() | st.integers(1, 2),
        team_id=st.none() | st.integers(1, 2),
        rules=st.dictionaries(st.sampled_from(RULES), st.integers(0, 9)),
        precedence=st.dictionaries(st.sampled_from(RULES), st.integers(1, 3)),
    ),
    max_size=8,
    unique_by=lambda policy: policy.id,
)
SEGMENTS = st.sets(st.integers(1, 4))
RIGHTS = st.lists(
    st.builds(
        Authority,
        kind=st.sampled_from(["discount", "credit"]),
        group_id=st.integers(1, 4),
        limit=st.integers(0, 40),
    )
)


def test_the_examples_hold():
    for module in (resolve, authority, contact):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


@given(POLICIES, SEGMENTS)
def test_the_winner_holds_for_the_customer_and_nobody_stronger_does(policies, mine):
    for rule, decision in resolve.resolve(policies, mine, 1, 1).items():
        assert decision.policy.holds(mine, 1, 1)
        assert decision.value == decision.policy.rules[rule]
        for policy in policies:
            if policy.holds(mine, 1, 1) and rule in policy.rules:
                assert decision.policy.rank(rule) <= policy.rank(rule)


@given(POLICIES, SEGMENTS, st.randoms())
def test_the_order_in_which_policies_come_does_not_matter(policies, mine, dice):
    shuffled = policies[:]
    dice.shuffle(shuffled)
    assert resolve.resolve(policies, mine, 1) == resolve.resolve(shuffled, mine, 1)


@given(POLICIES, SEGMENTS)
def test_a_policy_elsewhere_changes_nothing(policies, mine):
    other = Policy(99, "Elsewhere", 9, 0, rules=dict.fromkeys(RULES, 1))
    abroad = Policy(98, "Abroad", 1, 0, 7, rules=dict.fromkeys(RULES, 1))
    told = resolve.resolve([*policies, other, abroad], mine, 1)
    assert told == resolve.resolve(policies, mine, 1)


@given(POLICIES, SEGMENTS)
def test_an_override_stands_above_all_policies(policies, mine):
    told = resolve.resolve(policies, mine, 1, overrides={"pricelist": ("o", 77)})
    assert (told["pricelist"].value, told["pricelist"].policy) == (77, None)
    others = resolve.resolve(policies, mine, 1)
    others.pop("pricelist", None)
    assert {rule: told[rule] for rule in told if rule != "pricelist"} == others


@given(RIGHTS, st.integers(0, 60), st.sets(st.integers(1, 4)), st.integers(0, 20))
def test_whoever_may_decide_is_among_the_deciders(rights, asked, groups, base):
    limit = authority.own_limit(rights, "discount", groups, base)
    able = set(authority.deciders(rights, "discount", asked))
    assert limit >= base
    if authority.exceeds(asked, base):
        assert (not authority.exceeds(asked, limit)) == bool(able & groups)


@given(RIGHTS, st.integers(0, 60))
def test_the_lowest_level_that_may_is_asked_first(rights, asked):
    able = authority.deciders(rights, "discount", asked)
    least = [
        min(
            r.limit
            for r in rights
            if r.kind == "discount"
            and r.group_id == group
            and not authority.exceeds(asked, r.limit)
        )
        for group in able
    ]
    assert least == sorted(least)


@given(st.floats(0, 23.99), st.floats(0, 24), st.datetimes())
def test_a_window_and_its_complement_share_the_day(start, end, moment):
    if end and start != end and end != 24:
        here = Way("call", start=start, end=end).is_open(moment)
        there = Way("call", start=end, end=start).is_open(moment)
        assert here != there or not start


def test_what_is_never_used_stays_closed_also_where_it_is_allowed_elsewhere():
    ways = [Way("call", "never"), Way("call", "allowed")]
    assert contact.judge(ways, "call", datetime(2026, 1, 5, 12)) == "policy_channel"
