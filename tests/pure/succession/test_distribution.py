"""Who takes which customer over, by place, skill and load."""

import doctest
from random import Random

import pytest
from succession import distribution
from succession.distribution import Customer, Successor, distribute

CZ, PL = 1, 2


def test_examples_in_docstrings_hold():
    assert doctest.testmod(distribution).failed == 0


def who(customers, successors, rule, **kwargs):
    choices = distribute(customers, successors, rule, **kwargs)
    return {id_: choice.successor for id_, choice in choices.items()}


def test_the_most_exact_place_wins():
    czech = Successor(1, countries=frozenset({CZ}))
    prague = Successor(2, countries=frozenset({CZ}), zips=("1",))
    customers = [Customer(10, country=CZ, zip="110 00"), Customer(11, country=CZ)]
    assert who(customers, [czech, prague], "territory") == {10: 2, 11: 1}


def test_nobodys_territory_goes_to_who_has_none_or_to_nobody():
    czech = Successor(1, countries=frozenset({CZ}))
    anywhere = Successor(2)
    polish = [Customer(10, country=PL)]
    assert who(polish, [czech, anywhere], "territory") == {10: 2}
    assert who(polish, [czech], "territory") == {}


def test_language_outweighs_one_tag():
    speaks = Successor(1, langs=frozenset({"pl_PL"}))
    knows = Successor(2, tags=frozenset({5}))
    customer = Customer(10, lang="pl_PL", tags=frozenset({5}))
    assert who([customer], [speaks, knows], "skill") == {10: 1}


def test_load_counts_what_a_successor_has_already():
    busy, idle = Successor(1, load=100), Successor(2)
    customers = [Customer(i, weight=1) for i in range(10, 20)]
    assert set(who(customers, [busy, idle], "load").values()) == {2}


def test_a_full_successor_takes_no_more():
    small, large = Successor(1, limit=2), Successor(2)
    taken = who([Customer(i) for i in range(9)], [small, large], "load")
    assert list(taken.values()).count(1) == 2


def test_what_was_chosen_by_hand_stays_and_counts():
    one, two = Successor(1), Successor(2)
    customers = [Customer(10, weight=50), Customer(11, weight=1)]
    assert who(customers, [one, two], "load", given={10: 1}) == {11: 2}


def test_by_hand_nobody_is_given():
    assert who([Customer(1)], [Successor(1)], "hand") == {}


@pytest.mark.parametrize("seed", range(5))
def test_the_heaviest_share_is_within_four_thirds_of_the_best(seed):
    random = Random(seed)
    customers = [Customer(i, weight=random.randint(1, 30)) for i in range(200)]
    successors = [Successor(i) for i in range(1, 5)]
    loads = dict.fromkeys(range(1, 5), 0)
    for id_, taker in who(customers, successors, "load").items():
        loads[taker] += customers[id_].weight
    ideal = sum(c.weight for c in customers) / 4
    assert max(loads.values()) <= ideal * 4 / 3


def test_a_customer_without_a_record_can_be_given_too():
    assert who([Customer(None, weight=3)], [Successor(1)], "load") == {None: 1}
