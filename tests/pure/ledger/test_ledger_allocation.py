"""Which points are used: never too many, never expired ones, soonest expiry first."""

import doctest
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from ledger import allocation
from ledger.allocation import Lot, allocate, available

NOW = datetime(2026, 3, 1)
MOMENTS = st.none() | st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days))


@st.composite
def lots(draw):
    made = []
    for number in range(draw(st.integers(0, 8))):
        remaining = draw(st.integers(0, 50))
        held = draw(st.integers(0, remaining))
        made.append(Lot(number, remaining, held, draw(MOMENTS), draw(MOMENTS)))
    return made


def test_the_examples_hold():
    result = doctest.testmod(allocation)
    assert result.attempted and not result.failed


@given(lots(), st.integers(1, 300))
def test_as_much_as_asked_or_all_that_can_be_used(some, amount):
    taken = allocate(some, amount, NOW)
    assert sum(part for _lot, part in taken) == min(amount, available(some, NOW))


@given(lots(), st.integers(1, 300))
def test_no_lot_gives_what_it_has_not(some, amount):
    by_id = {lot.id: lot for lot in some}
    taken = allocate(some, amount, NOW)
    assert len({lot for lot, _part in taken}) == len(taken)
    for lot, part in taken:
        assert 0 < part <= by_id[lot].free
        assert by_id[lot].is_usable(NOW)


@given(lots(), st.integers(1, 300))
def test_nothing_that_expires_sooner_is_left_over(some, amount):
    taken = dict(allocate(some, amount, NOW))
    usable = [lot for lot in allocation.order(some) if lot.is_usable(NOW)]
    begun = [lot for lot in usable if lot.id in taken]
    for earlier in usable[: usable.index(begun[-1])] if begun else []:
        assert taken.get(earlier.id, 0) == earlier.free
