"""What is wrong with contact data: known answers, hostile texts, and the score."""

import doctest
import itertools
from datetime import date, timedelta

import pytest
from quality import address, assess, email, naming, phone, tax
from quality.findings import SEVERITIES

TODAY = date(2026, 11, 22)
HOSTILE = [
    "",
    " ",
    "\0",
    "\u202e601112233",
    "\ud800",
    "a" * 10_000_000,
    "٦٠١١١٢٢٣٣",
    "1e400",
    "=cmd|x",
    "<script>",
    "@" * 1000,
    "a." * 100_000 + "@b.cz",
    "🎻" * 1000,
]


@pytest.mark.parametrize(
    "module",
    [address, assess, email, naming, phone, tax],
    ids=lambda m: m.__name__,
)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:12]))
def test_any_text_is_judged_quickly_and_without_a_fall(text):
    checks = (
        lambda: phone.check_phone(text, "CZ"),
        lambda: email.check_email(text),
        lambda: tax.check_vat(text, "CZ"),
        lambda: address.check_zip(text, "CZ"),
        lambda: address.check_street(text),
        lambda: address.check_city(text),
        lambda: naming.check_name(text),
    )
    for check in checks:
        for finding in check():
            assert finding.code in SEVERITIES
            assert len(finding.proposal) <= 300


@pytest.mark.parametrize(
    ("text", "country", "proposal"),
    [
        ("00420 601 112 233", "CZ", "+420601112233"),
        ("502 932 196", "PL", "+48502932196"),
        ("+420 601-112-233", "CZ", None),
        ("+48 (12) 444 55 66", "CZ", None),
        ("+420601112233 ext. 5", "CZ", None),
        ("030 1234567", "DE", "+49301234567"),
    ],
)
def test_numbers_become_international(text, country, proposal):
    found = phone.check_phone(text, country)
    assert [f.proposal for f in found] == ([proposal] if proposal else [])


def test_proposals_are_themselves_without_fault():
    cases = [
        (phone.check_phone, "601 112 233", ("CZ",)),
        (email.check_email, "jana@gmial.com", ()),
        (email.check_email, " Jana <jana@Seznam.cz> ", ()),
        (tax.check_vat, "CZ 25123891", ("CZ",)),
        (tax.check_vat, "pl 123-456-32-18", ("PL",)),
        (address.check_zip, "PL 31559", ("PL",)),
        (address.check_zip, "lv1010", ("LV",)),
        (address.check_zip, "sw1a1aa", ("GB",)),
        (address.check_zip, "D-01067", ("DE",)),
        (naming.check_name, "EVA KRÁLOVÁ-MALÁ", ()),
    ]
    for check, text, rest in cases:
        [finding] = check(text, *rest)
        assert finding.proposal, text
        assert not check(finding.proposal, *rest), finding


def test_common_domains_are_not_slips_of_each_other():
    for domain in email.COMMON | email.DISPOSABLE:
        assert email.find_slip(domain) == ""


def test_one_slip_is_a_distance_of_one():
    def distance(one, other):
        """Optimal string alignment by its definition."""
        table = {(i, 0): i for i in range(len(one) + 1)}
        table |= {(0, j): j for j in range(len(other) + 1)}
        for i, j in itertools.product(range(1, len(one) + 1), range(1, len(other) + 1)):
            cost = one[i - 1] != other[j - 1]
            best = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost
            )
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 1] + other[j - 2]:
                best = min(best, table[i - 2, j - 2] + 1)
            table[i, j] = best
        return table[len(one), len(other)]

    base = "gmail.com"
    words = {
        base[:i] + x + base[j:] for i in range(10) for j in range(i, 10) for x in "agz"
    }
    words |= {base[:i] + base[i + 1] + base[i] + base[i + 2 :] for i in range(8)}
    for word in words:
        if len(word) >= 7 and word != base:
            assert email.is_one_slip(word, base) == (distance(word, base) == 1), word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("info@harmonia.cz", ["email_role"]),
        ("jana@mailinator.com", ["email_disposable"]),
        ("noreply@harmonia.cz", ["email_invalid"]),
        ("jana@localhost", ["email_invalid"]),
        ("jana.@seznam.cz", ["email_invalid"]),
        ("jana@müller.de", []),
        ("o'brien+x@harmonia.example", []),
    ],
)
def test_addresses(text, expected):
    assert codes(email.check_email(text)) == expected


def test_company_may_have_a_desk_and_capitals():
    assert not email.check_email("info@harmonia.cz", True)
    assert not naming.check_name("IKEA ČESKÁ REPUBLIKA", True)


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("CZ25123891", "CZ", []),
        ("25123891", "CZ", []),
        ("CZ25123890", "CZ", ["vat_invalid"]),
        ("EL094259216", "GR", []),
        ("/", "CZ", []),
        ("ABC", "XX", []),
        ("DE136695976", "CZ", []),
    ],
)
def test_tax_numbers_by_the_rules_of_their_country(text, country, expected):
    assert codes(tax.check_vat(text, country)) == expected


RULES = [
    assess.Rule("name", 15),
    assess.Rule("email", 25, 730),
    assess.Rule("phone", 25, 1095),
    assess.Rule("zip", 7),
]


def judge(values, age=0, rules=RULES, **more):
    confirmed = dict.fromkeys(values, TODAY - timedelta(days=age))
    customer = assess.Customer(False, values, "CZ", confirmed=confirmed, **more)
    return assess.assess(customer, rules, TODAY)


GOOD = {"name": "Jan Novák", "email": "jan@seznam.cz", "phone": "+420601112233"}


def test_each_known_field_raises_the_score_and_each_fault_lowers_it():
    full = judge({**GOOD, "zip": "110 00"})
    assert full.score == 100 and not full.findings
    assert judge(GOOD).score < full.score
    assert judge({**GOOD, "zip": "11000"}).score < full.score
    assert judge({**GOOD, "email": "nobody"}).score < judge(GOOD).score
    wrong = judge({**GOOD, "email": "nobody"}).score
    assert wrong == judge({"name": "Jan Novák", "phone": "+420601112233"}).score


def test_missing_is_worse_where_it_weighs():
    found = dict((finding.field, severity) for finding, severity in judge({}).findings)
    assert found == {"name": 2, "email": 2, "phone": 2, "zip": 1}


def test_score_only_falls_with_age_and_never_below_half():
    scores = [judge(GOOD, age).score for age in range(0, 20_000, 400)]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= judge(GOOD).score / 2
    assert "stale" in codes([f for f, _s in judge(GOOD, 1000).findings])
    assert "stale" not in codes([f for f, _s in judge(GOOD, 700).findings])


def test_mail_that_came_back_costs_the_address():
    assert "email_bounced" in codes([f for f, _s in judge(GOOD, bounces=3).findings])


def test_nothing_asked_is_nothing_missed():
    assert judge({}, rules=[])[:4] == (100, 100, 100, 100)
