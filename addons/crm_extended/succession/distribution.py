"""Customers are given to successors by territory, by skill or by load.

Whoever is left after the territory or the skill has spoken, load decides: customers are
taken heaviest first and each goes to who has the least so far (longest processing time
first; Graham 1969, "Bounds on multiprocessing timing anomalies", at most 4/3 of the
best balance).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

PLACES = (  # the more exact place wins
    ("zip", 4),
    ("branch", 3),
    ("state", 2),
    ("country", 1),
)


@dataclass(frozen=True)
class Customer:
    """What the rules look at. `weight`: open matters that come along."""

    id: int | None
    weight: int = 0
    country: int | None = None
    state: int | None = None
    zip: str = ""
    branch: int | None = None
    tags: frozenset[int] = frozenset()
    lang: str = ""


@dataclass(frozen=True)
class Successor:
    """Who may take customers over. `load`: open matters there already.

    `limit` is the most customers to take, 0 for any number.
    """

    id: int
    load: int = 0
    limit: int = 0
    countries: frozenset[int] = frozenset()
    states: frozenset[int] = frozenset()
    zips: tuple[str, ...] = ()
    branches: frozenset[int] = frozenset()
    tags: frozenset[int] = frozenset()
    langs: frozenset[str] = frozenset()

    @property
    def is_everywhere(self) -> bool:
        """Nobody said where: takes what lies in no other's territory."""
        return not (self.countries or self.states or self.zips or self.branches)


@dataclass
class Share:
    """What a successor was given so far."""

    successor: Successor
    weight: int = 0
    customers: int = 0

    @property
    def is_full(self) -> bool:
        return bool(self.successor.limit) and self.customers >= self.successor.limit

    def order(self) -> tuple[int, int, int]:
        return (self.successor.load + self.weight, self.customers, self.successor.id)


@dataclass(frozen=True)
class Choice:
    """Who takes the customer and the rule that said so; `place`: what matched."""

    successor: int
    rule: str
    place: str = ""
    tags: frozenset[int] = field(default=frozenset())


def zip_prefixes(text: str) -> tuple[str, ...]:
    """Beginnings of postal codes as a person writes them.

    >>> zip_prefixes("1, 25x ;30 0")
    ('1', '25X', '300')
    """
    parts = text.replace(";", ",").split(",")
    return tuple(plain for part in parts if (plain := plain_zip(part)))


def plain_zip(text: str) -> str:
    """A postal code without the blanks and dashes that people differ in.

    >>> plain_zip("110 00"), plain_zip("31-004")
    ('11000', '31004')
    """
    return "".join(sign for sign in text.upper() if sign.isalnum())


def nearness(customer: Customer, successor: Successor) -> tuple[int, str]:
    """How exactly the customer lies in the successor's territory; 0: not at all.

    >>> prague = Successor(1, countries=frozenset({7}), zips=("1",))
    >>> nearness(Customer(5, country=7, zip="110 00"), prague)
    (4, 'zip')
    >>> nearness(Customer(6, country=7, zip="602 00"), prague)
    (0, '')
    >>> nearness(Customer(6, country=8, zip="110 00"), prague)
    (0, '')
    """
    if successor.countries and customer.country not in successor.countries:
        return 0, ""  # postal codes and states mean something in their country only
    code = plain_zip(customer.zip)
    holds = {
        "zip": any(code.startswith(start) for start in successor.zips),
        "branch": customer.branch in successor.branches,
        "state": customer.state in successor.states,
        # a country alone; with places named in it only these count
        "country": bool(successor.countries)
        and not (successor.zips or successor.branches or successor.states),
    }
    return next(((rank, name) for name, rank in PLACES if holds[name]), (0, ""))


def fitness(customer: Customer, successor: Successor) -> int:
    """Skills that meet: two for the language, one for each tag in common.

    >>> eva = Successor(1, tags=frozenset({3, 4}), langs=frozenset({"cs_CZ"}))
    >>> fitness(Customer(9, lang="cs_CZ", tags=frozenset({4, 8})), eva)
    3
    """
    spoken = bool(customer.lang) and customer.lang in successor.langs
    return 2 * spoken + len(customer.tags & successor.tags)


def distribute(
    customers: Iterable[Customer],
    successors: Iterable[Successor],
    rule: str,
    given: dict[int | None, int] | None = None,
) -> dict[int | None, Choice]:
    """Who takes whom.

    :param rule: `territory`, `skill`, `load` or `hand` (nobody is given by a rule)
    :param given: customer to successor as chosen by hand; they count as load
    :return: choice by customer; customers whom no successor may take are absent
    """
    shares = {one.id: Share(one) for one in successors}
    given = given or {}
    heaviest = sorted(customers, key=lambda c: (-c.weight, c.id or 0))
    for customer in heaviest:
        if share := shares.get(given.get(customer.id, 0)):
            _give(customer, share)
    if rule == "hand":
        return {}
    choices = {}
    for customer in heaviest:
        if customer.id in given:
            continue
        if choice := _choose(customer, list(shares.values()), rule):
            _give(customer, shares[choice.successor])
            choices[customer.id] = choice
    return choices


def _give(customer: Customer, share: Share) -> None:
    share.weight += customer.weight
    share.customers += 1


def _choose(customer: Customer, shares: list[Share], rule: str) -> Choice | None:
    free = [share for share in shares if not share.is_full]
    if rule == "territory":
        ranks = {s.successor.id: nearness(customer, s.successor) for s in free}
        best = max((rank for rank, _name in ranks.values()), default=0)
        if best:
            near = [s for s in free if ranks[s.successor.id][0] == best]
            chosen = min(near, key=Share.order).successor.id
            return Choice(chosen, "territory", ranks[chosen][1])
        free = [s for s in free if s.successor.is_everywhere]
    elif rule == "skill":
        ranks = {s.successor.id: fitness(customer, s.successor) for s in free}
        best = max(ranks.values(), default=0)
        if best:
            fit = [s for s in free if ranks[s.successor.id] == best]
            chosen = min(fit, key=Share.order).successor
            return Choice(chosen.id, "skill", tags=customer.tags & chosen.tags)
    if not free:
        return None
    return Choice(min(free, key=Share.order).successor.id, "load")
