"""Declarations of entities, and arguments of calls."""

import pytest
from exchange import arguments, capture, envelope, wire
from exchange.customer import CONTACT, CUSTOMER
from exchange.entities import DECLARED
from exchange.entity import Entity, Field
from exchange.errors import CODES, ExchangeError


def test_personal_data_are_marked():
    plain = set(CUSTOMER.plain_fields())
    assert {"ref", "city", "country", "active"} <= plain
    assert plain.isdisjoint({"name", "email", "phone", "street", "vat"})
    assert "name" not in CONTACT.plain_fields()


def test_the_schema_shows_only_fields_in_scope():
    shown = CUSTOMER.schema({"name", "country"})
    assert [field["name"] for field in shown["fields"]] == ["name", "country"]
    assert shown["fields"][0]["maximum"] == 250
    assert wire.outgoing(shown) == shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x; DROP TABLE"},
        {"name": "x", "column": 'a"b'},
        {"name": "x", "kind": "blob"},
        {"name": "x", "kind": "code"},
        {"name": "x", "code": "code"},
    ],
)
def test_a_wrong_declaration_fails_when_it_is_made(wrong):
    with pytest.raises(ValueError):
        Field(**wrong)


def test_a_field_is_declared_once():
    with pytest.raises(ValueError):
        Entity("thing", "1.0", "res.partner", (Field("a"), Field("a")))
    with pytest.raises(ValueError):
        Entity("Thing!", "1.0", "res.partner", (Field("a"),))


def test_triggers_watch_each_declared_column_once():
    rules = [
        capture.Own(entity.name, entity.columns, entity.where)
        for entity in (CUSTOMER, CONTACT)
    ]
    function, *triggers, signed = capture.install("res_partner", rules)
    assert function.count("IS DISTINCT FROM o.\"email\" THEN 'email'") == 1
    assert len(triggers) == 3
    assert capture.signature("res_partner", rules) in signed
    assert capture.signature("res_partner", rules[:1]) not in signed


def test_changes_of_lines_are_noted_as_their_records():
    rule = capture.Line("order", ("price_unit",), "order_id")
    function = capture.install("sale_order_line", [rule])[0]
    assert function.count("SELECT DISTINCT 'order'") == 3


def test_what_is_only_pointed_to_is_watched_for_updates_alone():
    rule = capture.Shared("product", ("name",), "product_product", "product_tmpl_id")
    _function, *triggers, _signed = capture.install("product_template", [rule])
    assert [" AFTER update " in trigger for trigger in triggers] == [True]


@pytest.mark.parametrize("entity", DECLARED, ids=lambda entity: entity.name)
def test_what_a_declaration_points_to_is_declared(entity):
    names = {other.name for other in DECLARED}
    fields = [f for many in entity.fields for f in (many, *many.fields)]
    assert {f.entity for f in fields if f.entity} <= names
    assert wire.outgoing(entity.schema(entity.by_name)) == entity.schema(entity.by_name)


def method(self, entity, keys, limit=5):
    """Stands for a method of the service."""


@pytest.mark.parametrize(
    ("args", "kwargs", "code", "path"),
    [
        (("customer",), {}, "invalid_argument", ""),
        ((), {"entity": "customer"}, "invalid_argument", "keys"),
        ((), {"entity": "a", "keys": [], "kesy": 1}, "unknown_argument", "kesy"),
        ((), {"entity": None, "keys": []}, "invalid_value", "entity"),
    ],
)
def test_wrong_arguments_are_named(args, kwargs, code, path):
    with pytest.raises(ExchangeError) as refusal:
        arguments.bind(method, args, kwargs)
    assert (refusal.value.code, refusal.value.path) == (code, path)


def test_right_arguments_are_taken():
    bound = arguments.bind(method, (), {"entity": "a", "keys": ({"id": 1},)})
    assert bound == {"entity": "a", "keys": [{"id": 1}]}


def test_keys_are_ours_or_those_of_the_clients_own_source():
    assert arguments.keys([{"id": 7}, {"source": "ERP", "id": "A"}], "ERP") == [7, "A"]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("7", "invalid_argument"),
        ([7], "invalid_argument"),
        ([{"id": True}], "invalid_argument"),
        ([{"id": "7"}], "invalid_argument"),
        ([{"id": -1}], "invalid_argument"),
        ([{"id": 7, "x": 1}], "invalid_argument"),
        ([{"source": "ERP", "id": 7}], "invalid_argument"),
        ([{"source": "OTHER", "id": "A"}], "out_of_scope"),
        ([{"source": "ERP", "id": "A\u202e"}], "invalid_value"),
        ([{"id": 7}] * 501, "too_large"),
    ],
)
def test_what_is_no_key_is_refused(keys, code):
    with pytest.raises(ExchangeError) as refusal:
        arguments.keys(keys, "ERP")
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [0, 1001, True, 1.0, "5"])
def test_a_limit_is_a_whole_number_in_range(value):
    with pytest.raises(ExchangeError):
        arguments.whole(value, "limit", 1, 1000)


def test_all_answers_have_one_shape():
    error = ExchangeError("busy", "Later.", retry_after=5)
    answers = [
        envelope.success("r", "e", {"a": 1}),
        envelope.failure("r", "e", [error]),
        envelope.unexpected("r"),
        envelope.busy("r"),
    ]
    for answer in answers:
        assert answer.keys() == answers[0].keys()
        assert wire.outgoing(answer) == answer
        for shown in answer["errors"]:
            assert shown.keys() == error.as_dict().keys()
            assert shown["retryable"] == CODES[shown["code"]]
