"""One customer's data quality: what is known, right and fresh, as one figure of 100."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from .address import check_city, check_street, check_zip
from .email import check_email
from .findings import CREDIT, HINT, Finding
from .naming import check_name
from .phone import check_phone
from .tax import check_vat

HEAVY = 15  # a missing field of this weight is more than a hint


class Rule(NamedTuple):
    """How much a field matters.

    :param field: name of the field, or attribute:CODE
    :param weight: against the other fields of the same kind of customer
    :param half_life: days after which a value is believed half as much; 0: for ever
    """

    field: str
    weight: float
    half_life: int = 0


class Customer(NamedTuple):
    """What is looked at.

    :param values: field -> text; of attributes only whether they are filled counts
    :param country: ISO code or empty
    :param confirmed: field -> the day when it was entered or last confirmed
    """

    is_company: bool
    values: Mapping[str, str]
    country: str = ""
    bounces: int = 0
    confirmed: Mapping[str, date] = {}


class Assessment(NamedTuple):
    """All figures 0 to 100; `findings` with the severity of each."""

    score: int
    completeness: int
    validity: int
    freshness: int
    findings: list[tuple[Finding, int]]


def freshness(age: int, half_life: int) -> float:
    """What a value of this age is still worth, by exponential decay.

    >>> freshness(730, 730), freshness(5, 0), freshness(-3, 10)
    (0.5, 1.0, 1.0)
    """
    return 0.5 ** (max(age, 0) / half_life) if half_life else 1.0


def find(customer: Customer) -> list[Finding]:
    """All that is wrong with what is filled in."""
    values, country = customer.values, customer.country
    is_company = customer.is_company
    found: list[Finding] = []
    if text := values.get("name"):
        found += check_name(text, is_company)
    if text := values.get("phone"):
        found += check_phone(text, country)
    if text := values.get("email"):
        found += check_email(text, is_company)
        if customer.bounces > 2:
            found.append(Finding("email_bounced", "email"))
    if text := values.get("vat"):
        found += check_vat(text, country)
    if text := values.get("zip"):
        found += check_zip(text, country)
    if text := values.get("street"):
        found += check_street(text)
    if text := values.get("city"):
        found += check_city(text, values.get("zip") or "")
    return found


def assess(customer: Customer, rules: Iterable[Rule], today: date) -> Assessment:
    """Weigh what is known, right and fresh.

    A field earns its weight when filled, times the credit left by its worst fault,
    times between one half (very old) and one (fresh). Old data are doubtful, not wrong,
    so age alone never costs more than half.

    >>> good = Customer(False, {"name": "Jan Novák", "email": "jan@seznam.cz"})
    >>> rules = [Rule("name", 10), Rule("email", 30), Rule("phone", 10)]
    >>> assess(good, rules, date(2026, 1, 1))[:4]
    (80, 80, 100, 100)
    """
    findings = [(finding, finding.severity) for finding in find(customer)]
    worst: dict[str, int] = {}
    for finding, severity in findings:
        worst[finding.field] = max(worst.get(finding.field, 0), severity)
    total = filled = right = fresh = earned = 0.0
    for rule in rules:
        total += rule.weight
        if not customer.values.get(rule.field):
            missing = Finding("missing", rule.field)
            heavy = missing.severity if rule.weight >= HEAVY else HINT
            findings.append((missing, heavy))
            continue
        since = customer.confirmed.get(rule.field, today)
        young = freshness((today - since).days, rule.half_life)
        credit = CREDIT.get(worst.get(rule.field, 0), 1.0)
        if young < 0.5 and credit:
            findings.append((Finding("stale", rule.field), HINT))
        filled += rule.weight
        right += rule.weight * credit
        fresh += rule.weight * young
        earned += rule.weight * credit * (0.5 + 0.5 * young)
    return Assessment(
        _share(earned, total),
        _share(filled, total),
        _share(right, filled),
        _share(fresh, filled),
        findings,
    )


def _share(part: float, whole: float) -> int:
    return round(100 * part / whole) if whole else 100
