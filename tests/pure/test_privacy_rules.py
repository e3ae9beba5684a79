"""Suppression, deadlines, verdicts, cards and declarations, without Odoo."""

import doctest
from datetime import date, datetime

import pytest
from privacy import deadline, declaration, jscontact, suppression, verdict

SECRET = b"s" * 32


@pytest.mark.parametrize("module", [deadline, suppression, verdict])
def test_examples_hold(module):
    failed, tried = doctest.testmod(module)
    assert tried and not failed


def test_a_hash_depends_on_secret_kind_and_address():
    found = {
        suppression.fingerprint(SECRET, "email", "a@b.cz"),
        suppression.fingerprint(b"t" * 32, "email", "a@b.cz"),
        suppression.fingerprint(SECRET, "email", "b@b.cz"),
        suppression.fingerprint(SECRET, "phone", "a@b.cz"),
    }
    assert len(found) == 4
    assert all(len(digest) == 64 for digest in found)
    assert suppression.fingerprint(SECRET, "email", "") == ""


def test_a_hash_known_from_rfc_4231_style_input():
    import hashlib
    import hmac

    expected = hmac.new(SECRET, b"email\0a@b.cz", hashlib.sha256).hexdigest()
    assert suppression.fingerprint(SECRET, "email", "a@b.cz") == expected


@pytest.mark.parametrize("secret, kind", [(b"short", "email"), (SECRET, "name")])
def test_weak_secrets_and_unknown_kinds_are_refused(secret, kind):
    with pytest.raises(ValueError):
        suppression.fingerprint(secret, kind, "a@b.cz")


@pytest.mark.parametrize("odd", [None, "", "@", "a@", "@b", "\ud800", "x" * 10**5])
def test_odd_addresses_are_nobody(odd):
    assert suppression.plain_email(odd) == ""
    assert suppression.plain_phone(odd) == ""


def test_a_lone_surrogate_is_hashed_and_not_raised():
    assert suppression.fingerprint(SECRET, "email", "\ud800@b.cz")


@pytest.mark.parametrize(
    "day, months, expected",
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2026, 1, 15), -13, date(2024, 12, 15)),
    ],
)
def test_a_month_ends_on_its_last_day(day, months, expected):
    assert deadline.shift(day, months) == expected


def test_what_is_kept_begins_on_the_same_day_years_before():
    today = date(2026, 2, 28)
    assert deadline.kept_since(today, 5, "year") == date(2021, 2, 28)
    assert deadline.kept_since(today, 6, "month") == date(2025, 8, 28)
    assert deadline.kept_since(date(50, 1, 1), 100, "year") == date(1, 1, 1)
    for number, unit in ((0, "year"), (1201, "month"), (1, "day")):
        with pytest.raises(ValueError):
            deadline.kept_since(today, number, unit)


@pytest.mark.parametrize(
    "facts, answer, unknown, expected",
    [
        ({"gone": True}, "given", "yes", "erased"),
        ({"returned": True}, "given", "yes", "returned"),
        ({"blocked": True}, "given", "yes", "blocked"),
        ({}, "withdrawn", "yes", "withdrawn"),
        ({}, None, "yes", "silent"),
        ({"bought": True}, "objected", "customers", "objected"),
        ({}, None, "customers", "unasked"),
    ],
)
def test_the_stronger_reason_decides(facts, answer, unknown, expected):
    known = verdict.Facts(**facts)
    assert verdict.decide(False, unknown, answer, known) == expected


def test_nobody_erased_is_written_to_even_by_duty():
    assert verdict.decide(True, "yes", "given", verdict.Facts(gone=True)) == "erased"


def test_a_card_is_jscontact():
    person = {
        "name": "Jana Nová",
        "email": "jana@example.com",
        "phone": "+420601112233",
        "street": "Dlouhá 1",
        "city": "Praha",
        "country_code": "CZ",
        "language": "cs_CZ",
        "birthday": date(1990, 5, 1),
    }
    card = jscontact.card("urn:uuid:1", person, datetime(2026, 1, 2, 3, 4, 5))
    assert card["@type"] == "Card" and card["version"] == "1.0"
    assert card["kind"] == "individual"
    assert card["updated"] == "2026-01-02T03:04:05Z"
    assert card["language"] == "cs-CZ"
    assert card["name"] == {"full": "Jana Nová"}
    assert card["emails"]["e1"]["address"] == "jana@example.com"
    components = card["addresses"]["a1"]["components"]
    assert {"kind": "locality", "value": "Praha"} in components
    assert card["anniversaries"]["k1"]["date"]["year"] == 1990
    assert "titles" not in card
    empty = jscontact.card("urn:uuid:2", {"is_company": True})
    assert empty == {
        "@type": "Card",
        "version": "1.0",
        "uid": "urn:uuid:2",
        "kind": "org",
    }


def test_one_line_declares_several_fields():
    rows = declaration.read(
        [
            "# needs",
            "model,fields,category,action",
            "",
            "crm.need,note name,opinion,empty",
        ]
    )
    assert [(r.field, r.action) for r in rows] == [("note", "empty"), ("name", "empty")]


@pytest.mark.parametrize(
    "line",
    [
        "crm.need,note,opinions,empty",
        "crm.need,note,opinion,burn",
        "crm.need,note,none,empty",
        "crm.need,partner_id,subject,empty",
        "crm.need,,opinion,empty",
        ",note,opinion,empty",
        "crm.need,note,opinion,empty,more",
    ],
)
def test_a_wrong_declaration_is_told_with_its_row(line):
    with pytest.raises(declaration.DeclarationError, match="my.csv, row 2"):
        declaration.read(["model,fields,category,action", line], "my.csv")
