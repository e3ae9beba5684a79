"""Known spellings, and hostile ones."""

import doctest

import pytest
from identity import blocking, cluster, distance, model, normalise, quality, record


@pytest.mark.parametrize(
    "module", [normalise, distance, blocking, cluster, model, quality]
)
def test_examples_in_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jan Novák", ("jan", "novak")),
        ("NOVÁK, Jan", ("jan", "novak")),
        ("Mgr. Jan Novák, Ph.D.", ("jan", "novak")),
        ("pan Jan Novák", ("jan", "novak")),
        ("Łukasz Żółć", ("lukasz", "zolc")),
        ("Иван Петров", ("иван", "петров")),
        ("Novák", (None, "novak")),
        ("  ", (None, None)),
        (None, (None, None)),
        ("Dr.", (None, "dr")),
    ],
)
def test_person(name, parts):
    assert normalise.person(name) == parts


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("HARMONIA, spol. s r.o.", "Harmonia s.r.o."),
        ("Muzyka Sp. z o.o.", "MUZYKA sp.z o.o."),
        ("Violin GmbH & Co. KG", "Violin GmbH"),
        ("Klavír a.s.", "KLAVÍR AS"),
        ("The Music Company Ltd.", "Music"),
    ],
)
def test_legal_forms_tell_no_companies_apart(one, two):
    assert normalise.company(one) == normalise.company(two)


def test_a_name_that_is_only_a_legal_form_is_kept():
    assert normalise.company("Company") == "company"


def test_phones_of_one_line_are_one():
    spellings = ["601 234 567", "+420 601 234 567", "00420601234567", "601-234-567"]
    assert {normalise.phone(text, "CZ") for text in spellings} == {"+420601234567"}
    assert normalise.phone("000000", "CZ") is None
    assert normalise.phone("x" * 10_000, "CZ") is None


def test_the_house_number_is_found_where_countries_put_it():
    assert normalise.address("Dlouhá 12/3") == ("dlouha", "12/3")
    assert normalise.address("12 Long Street") == ("long st", "12")
    assert normalise.address("ul. 3 Maja 14") == ("3 maja", "14")
    assert normalise.address("Náměstí Míru") == ("nam miru", None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("19900201", "1990-02-01"),
        ("1990-02-01", "1990-02-01"),
        ("1.2.1990", "1990-02-01"),
        ("01/02/1990", "1990-02-01"),
        ("yesterday", None),
        ("00010101", None),
        (None, None),
    ],
)
def test_days(text, day):
    assert normalise.date(text) == day


HOSTILE = [
    "\x00",
    "\ud800",
    "\u202ex",
    "a" * 200_000,
    "%_\\",
    "'; --",
    "١٢٣",
    "🎻" * 500,
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("is_company", [True, False])
def test_any_text_becomes_text_or_nothing(value, is_company):
    raw = dict.fromkeys(
        ("name", "email", "phone", "vat", "ref", "street", "city", "zip", "website")
    )
    raw = {key: value for key in raw} | {"is_company": is_company, "birth": value}
    values = record.normalised(raw, "cz")
    assert set(values) == set(record.COLUMNS)
    for text in values.values():
        assert text is None or (isinstance(text, str) and 0 < len(text) <= 300)
        assert text is None or "\x00" not in text
    assert all(-(2**63) <= key < 2**63 for key in blocking.keys(values, [("city",)]))


def test_keys_agree_exactly_when_the_rule_does():
    rules = [("family", "zip"), ("zip", "given")]
    one = dict.fromkeys(record.COLUMNS) | {"family": "novak", "zip": "11000"}
    same = one | {"city": "praha"}
    other = one | {"zip": "60200"}
    assert blocking.keys(one, rules) == blocking.keys(same, rules)
    assert not set(blocking.keys(one, rules)) & set(blocking.keys(other, rules))
    assert len(blocking.keys(one, rules)) == 1, "no given name, no key of that rule"
