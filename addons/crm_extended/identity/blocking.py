"""Which pairs are looked at at all: those that agree on all columns of some rule."""

import hashlib
from collections.abc import Iterable

Rule = tuple[str, ...]


def keys(values: dict, rules: Iterable[Rule]) -> list[int]:
    """One number of 64 bits for each rule whose columns all have a value.

    Two records share a number exactly when they agree on a rule, but for one chance in
    2^64; so all rules are served by one index.

    >>> a, b = {"city": "brno", "zip": None}, {"city": "brno", "zip": "60200"}
    >>> keys(a, [("city",), ("zip", "city")]) == keys(b, [("city",)])
    True
    """
    found = []
    for rule in rules:
        parts = [values[column] for column in rule]
        if all(parts):
            text = "\x1f".join((*rule, *parts))
            digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=8)
            found.append(int.from_bytes(digest.digest(), "big", signed=True))
    return found


def sql(rule: Rule) -> str:
    """
    >>> sql(("family", "zip"))
    'l.family = r.family AND l.zip = r.zip'
    """
    return " AND ".join(f"l.{column} = r.{column}" for column in rule)
