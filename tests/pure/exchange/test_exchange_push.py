"""Three-way merge, digests, rows, values of a push: what holds for whatever comes."""

import doctest
import json

import pytest
from exchange import digest as digests
from exchange import merge3, row, values, waves
from exchange.customer import CONTACT, CUSTOMER
from exchange.digest import Digests, pack
from exchange.entity import Field
from exchange.errors import ExchangeError
from exchange.merge3 import UNKNOWN, Base, merge
from hypothesis import given
from hypothesis import strategies as st

ENTITIES = {"customer": CUSTOMER, "contact": CONTACT}
NAMES = ("city", "zip", "phone", "active")
VALUES = st.none() | st.sampled_from(["", "Praha", "Brno", "1"]) | st.booleans()
RECORD = st.dictionaries(st.sampled_from(NAMES), VALUES)


@pytest.mark.parametrize("module", [digests, merge3, row, values, waves])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


# ------------------------------------------------------------------ merge


@given(RECORD, RECORD, RECORD)
def test_every_field_sent_has_one_fate(base, mine, theirs):
    merged = merge(Base(base), mine, theirs)
    fates = [*merged.take, *merged.keep, *merged.same, *merged.contested]
    assert sorted(fates) == sorted(mine)


@given(RECORD, RECORD)
def test_nothing_is_contested_where_only_one_side_moved(base, mine):
    full = {name: base.get(name) for name in NAMES}
    assert not merge(Base(full), mine, full).contested
    assert not merge(Base(full), full, mine).contested
    assert not merge(Base(full), full, mine).take


@given(RECORD, RECORD, RECORD)
def test_writing_what_was_taken_settles_it(base, mine, theirs):
    merged = merge(Base(base), mine, theirs)
    after = {**theirs, **merged.take}
    again = merge(Base({**base, **mine}), mine, after)
    assert not again.take
    assert again.contested.keys() <= merged.contested.keys()


@given(RECORD, RECORD, RECORD)
def test_both_sides_contest_the_same_fields(base, mine, theirs):
    """Whoever merges, the same fields are in conflict."""
    full = {name: base.get(name) for name in NAMES}
    one = {name: mine.get(name) for name in NAMES}
    other = {name: theirs.get(name) for name in NAMES}
    here, there = merge(Base(full), one, other), merge(Base(full), other, one)
    assert here.contested.keys() == there.contested.keys()
    assert here.take.keys() == there.keep.keys()


@given(RECORD, RECORD, RECORD)
def test_digests_decide_as_the_values_themselves(base, mine, theirs):
    full = {name: base.get(name) for name in NAMES}
    known = Base(digests=Digests(pack(full, NAMES), NAMES))
    by_digest, by_value = merge(known, mine, theirs), merge(Base(full), mine, theirs)
    assert by_digest.take == by_value.take
    assert by_digest.keep == by_value.keep
    assert by_digest.contested.keys() == by_value.contested.keys()


@given(RECORD, RECORD)
def test_without_a_base_all_that_differs_is_contested(mine, theirs):
    merged = merge(UNKNOWN, mine, theirs)
    assert not merged.take and not merged.keep


def test_digests_of_other_fields_tell_nothing():
    packed = pack({"city": "Praha"}, ["city", "zip"])
    for names in (["zip", "city"], ["city"], ["city", "zip", "phone"]):
        assert Digests(packed, names).says("city", "Praha") is None
    assert Digests(b"", NAMES).says("city", None) is None


# ------------------------------------------------------------------ values


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=10**12))
def test_decimals_have_one_spelling(number):
    if abs(number) >= 10**15:
        return
    field = Field("amount", "decimal")
    once = values.check(field, str(number), "p")
    assert values.check(field, once, "p") == once
    assert "E" not in once.upper()


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("char", 5),
        ("char", ["x"]),
        ("integer", "1.5"),
        ("integer", True),
        ("decimal", "NaN"),
        ("decimal", "1e400"),
        ("decimal", "Infinity"),
        ("decimal", True),
        ("boolean", 1),
        ("date", "yesterday"),
        ("date", 20260101),
        ("datetime", "2026-13-01T00:00:00Z"),
        ("datetime", "0001-01-01T00:00:00+23:00"),
        ("reference", "7"),
        ("reference", -1),
        ("code", {"id": 1}),
    ],
)
def test_values_of_another_kind_are_refused(kind, bad):
    field = Field("x", kind, code="code" if kind == "code" else "")
    with pytest.raises(ExchangeError):
        values.check(field, bad, "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
PARTS = st.dictionaries(
    st.sampled_from(
        ["row_id", "op", "entity", "key", "base_rev", "set", "refs", "unset"]
    )
    | st.text(max_size=5),
    JSON | st.sampled_from(["upsert", "customer", "contact"]),
)


@given(JSON | PARTS)
def test_no_row_whatever_it_is_breaks_the_parser(raw):
    parsed = row.parse(raw, 3, ENTITIES, "ERP")
    told = parsed.result()
    assert json.dumps(told)
    if parsed.errors:
        assert told["status"] == "rejected"
        assert all(e["path"].startswith("rows[3]") for e in told["errors"])


# ------------------------------------------------------------------ waves


def customer(number, key, **more):
    raw = {"entity": "customer", "key": {"source": "ERP", "id": key}, **more}
    return row.parse(raw, number, ENTITIES, "ERP")


def contact(number, key, of):
    raw = {
        "entity": "contact",
        "key": {"source": "ERP", "id": key},
        "refs": {"customer": {"source": "ERP", "id": of}},
    }
    return row.parse(raw, number, ENTITIES, "ERP")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5))))
def test_waves_keep_the_order_of_each_record_and_end(plan):
    rows = [
        contact(n, f"P{key}", f"C{of}") if is_contact else customer(n, f"C{key}")
        for n, (is_contact, key, of) in enumerate(plan)
    ]
    resolved, done, waiting = {}, [], rows
    while waiting:
        ready, waiting = waves.split_wave(waiting, resolved)
        if not ready:
            break
        done += ready
        resolved |= {r.place: 1 for r in ready}
    for place in {r.place for r in done}:
        numbers = [r.number for r in done if r.place == place]
        assert numbers == sorted(numbers)
    assert all(
        any(waves.missing(r, resolved) for r in rows if r.place == late.place)
        for late in waiting
    )
