"""Which of several policies wins, rule by rule."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Policy:
    """One active version of a policy: for whom, where, with what weight, which rules.

    :param company_id: None: in all companies
    :param team_id: None: for all sales teams; a team's policy holds for its orders
    :param sequence: the lower, the stronger
    :param rules: {rule: value}; a rule that is not named is not decided by this policy
    :param precedence: {rule: sequence} where one rule weighs otherwise than the rest
    """

    id: int
    name: str
    segment_id: int
    sequence: int = 10
    company_id: int | None = None
    team_id: int | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    precedence: Mapping[str, int] = field(default_factory=dict)

    def rank(self, rule: str) -> tuple[int, int, int, int]:
        """What sorts policies on one rule; the lowest wins.

        At equal weight the special goes before the general, then the older before the
        newer, so that the order never depends on chance.

        >>> Policy(1, "Gold", 7).rank("pricelist") > Policy(2, "Gold", 7,
        ...     team_id=3).rank("pricelist")
        True
        """
        return (
            self.precedence.get(rule, self.sequence),
            0 if self.team_id else 1,
            0 if self.company_id else 1,
            self.id,
        )

    def holds(
        self, segments: Collection[int], company_id: int, team_id: int | None
    ) -> bool:
        """Whether it applies to a customer in `segments`, in a company, for a team."""
        return (
            self.segment_id in segments
            and self.company_id in (None, company_id)
            and self.team_id in (None, team_id)
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds on one rule, whose word it is, and whose word gave way to it.

    :param policy: None where an override holds
    :param override: whatever the caller gave for it, else None
    :param beaten: policies that said something on the rule too, strongest first
    """

    rule: str
    value: Any
    policy: Policy | None
    override: Any = None
    beaten: tuple[Policy, ...] = ()


def order(policies: Iterable[Policy], rule: str) -> list[Policy]:
    """The policies that say something on `rule`, strongest first.

    >>> gold = Policy(1, "Gold", 7, 10, rules={"pricelist": 5})
    >>> schools = Policy(2, "Schools", 8, 20, rules={"pricelist": 6},
    ...     precedence={"pricelist": 5})
    >>> [policy.name for policy in order([gold, schools], "pricelist")]
    ['Schools', 'Gold']
    >>> order([gold, schools], "payment_term")
    []
    """
    return sorted(
        (policy for policy in policies if rule in policy.rules),
        key=lambda policy: policy.rank(rule),
    )


def resolve(
    policies: Iterable[Policy],
    segments: Collection[int],
    company_id: int,
    team_id: int | None = None,
    overrides: Mapping[str, tuple[Any, Any]] | None = None,
) -> dict[str, Decision]:
    """{rule: decision} for one customer; a rule that nobody decides is not in it.

    :param segments: the segments that the customer is in
    :param overrides: {rule: (override, value)}; the value None suspends the rule: no
        policy decides it, and it is in the result with that override and None
    """
    here = [p for p in policies if p.holds(segments, company_id, team_id)]
    overrides = overrides or {}
    rules = {rule for policy in here for rule in policy.rules} | overrides.keys()
    decisions = {}
    for rule in rules:
        ranked = order(here, rule)
        if rule in overrides:
            override, value = overrides[rule]
            decisions[rule] = Decision(rule, value, None, override, tuple(ranked))
        else:
            winner, *beaten = ranked
            decisions[rule] = Decision(
                rule, winner.rules[rule], winner, None, tuple(beaten)
            )
    return decisions
