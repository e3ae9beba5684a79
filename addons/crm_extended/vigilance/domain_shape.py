"""What was asked for, without what was asked about: a filter stripped of its values.

A log of exports must show "by e-mail and city", never whose e-mail.
"""

from typing import Any

LONGEST = 500
WORDS = {"&": "and", "|": "or", "!": "not"}


def shape(domain: Any) -> str:
    """Fields and operators of a domain in prefix order, values left out.

    >>> shape(["|", ("email", "=", "jan@example.com"), ("city", "ilike", "Praha")])
    'or, email =, city ilike'
    >>> shape([("order_ids", "any", [("state", "=", "sale")])])
    'order_ids any (state =)'
    >>> shape([]), shape("no domain")
    ('', '?')
    """
    text = _shape(domain, 0)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _shape(domain: Any, depth: int) -> str:
    if not isinstance(domain, list | tuple) or depth > 10:
        return "?"
    return ", ".join(_leaf(leaf, depth) for leaf in domain[:100])


def _leaf(leaf: Any, depth: int) -> str:
    if isinstance(leaf, str):
        return WORDS.get(leaf, "?")
    if not isinstance(leaf, list | tuple) or len(leaf) != 3:
        return "?"
    name, operator, value = leaf
    if not (_is_plain(name) and isinstance(operator, str) and len(operator) < 20):
        return "always" if name == 1 else "?"
    if "any" in operator:
        return f"{name} {operator} ({_shape(value, depth + 1)})"
    return f"{name} {operator}"


def _is_plain(name: Any) -> bool:
    plain = isinstance(name, str) and name.replace("_", "").replace(".", "")
    return bool(plain) and plain.isalnum() and len(name) < 200
