"""Signs that a referral is not a new customer brought by another one.

A sign is no proof: it holds the reward back until a person decides. Facts are compared
in one spelling; what is unknown on either side is no sign.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

SIGNS = (
    "same_customer",
    "same_email",
    "same_phone",
    "same_address",
    "same_bank",
    "same_card",
    "same_tax_id",
    "same_household",
    "already_customer",
    "circle",
    "many",
)
_FREE = ("gmail.com", "googlemail.com")  # dots in their names mean nothing


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one side, in one spelling; see `identity.normalise`."""

    id: int
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    addresses: frozenset[tuple] = frozenset()  # (street, house, postcode)
    banks: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()
    tax_ids: frozenset[str] = frozenset()
    households: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Referral:
    """One customer who brought another.

    :param bought_before: day of a purchase before the referral
    :param recent: how many others the referrer brought in the time of `most`
    """

    referrer: Person
    friend: Person
    bought_before: date | None = None
    recent: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """:param parents: {customer: who brought it}, of referrals that hold"""

    most: int = 0
    parents: Mapping[int, int] = field(default_factory=dict)


def email_key(address: str) -> str:
    """The mailbox behind an address.

    >>> email_key("jan.novak@gmail.com") == email_key("jannovak@googlemail.com")
    True
    """
    user, _at, domain = address.partition("@")
    if domain in _FREE:
        return f"{user.replace('.', '')}@gmail.com"
    return address


def signs(referral: Referral, rules: Rules) -> tuple[str, ...]:
    """The signs of fraud of one referral, in the order of `SIGNS`."""
    one, other = referral.referrer, referral.friend
    found = {
        "same_customer": one.id == other.id,
        "same_email": _meet(map(email_key, one.emails), map(email_key, other.emails)),
        "same_phone": _meet(one.phones, other.phones),
        "same_address": _meet(one.addresses, other.addresses),
        "same_bank": _meet(one.banks, other.banks),
        "same_card": _meet(one.cards, other.cards),
        "same_tax_id": _meet(one.tax_ids, other.tax_ids),
        "same_household": _meet(one.households, other.households),
        "already_customer": referral.bought_before is not None,
        "circle": _is_circle(one.id, other.id, rules.parents),
        "many": bool(rules.most) and referral.recent >= rules.most,
    }
    return tuple(sign for sign in SIGNS if found[sign])


def _meet(one, other) -> bool:
    return not set(one).isdisjoint(other)


def _is_circle(referrer, friend, parents) -> bool:
    """Whether the friend brought, maybe through others, who now brings the friend."""
    seen = set()
    while referrer in parents and referrer not in seen:
        seen.add(referrer)
        referrer = parents[referrer]
        if referrer == friend:
            return True
    return False
