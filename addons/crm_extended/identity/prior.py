"""How many pairs of records are one customer, before anything is trained."""

import math

from .blocking import Rule

TELLING = 5  # rules that are tried in twos for the prior
_SOURCES = {"sound": "family", "name": "family", "domain": "email"}


def count_pairs(store, rule: Rule) -> int:
    """Pairs that agree on all columns of the rule."""
    columns = ", ".join(rule)
    present = " AND ".join(f"{column} IS NOT NULL" for column in rule)
    [(pairs,)] = store.rows(
        f"SELECT COALESCE(SUM(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n "
        f"FROM customers WHERE {present} GROUP BY {columns}) AS blocks"
    )
    return int(pairs)


def prior(store, rows: int, rules: list[Rule]) -> float | None:
    """Pairs that agree on the two most telling rules at once are taken for true.

    What agrees on two independent rules is hardly a chance; how many true pairs agree
    on one, given the other, tells how many there are in all (capture and recapture:
    n1 * n2 / n12, Lincoln & Petersen).
    """
    pairs = {rule: count_pairs(store, rule) for rule in rules}
    usable = sorted(pairs, key=pairs.get)
    usable = [rule for rule in usable if pairs[rule] >= 10][:TELLING]
    best = None
    for i, one in enumerate(usable):
        for two in usable[i + 1 :]:
            if _sources(one) & _sources(two):
                continue
            both = count_pairs(store, (*one, *two))
            if both < 10:
                continue
            estimate = max(pairs[one] * pairs[two] / both, both)
            best = min(best or math.inf, estimate)
    if best is None:
        return None
    return min(max(best / (rows * (rows - 1) / 2), 1e-9), 0.5)


def _sources(rule: Rule) -> set[str]:
    """What the columns of a rule are made of: two of one source are not independent."""
    return {_SOURCES.get(column, column) for column in rule}
