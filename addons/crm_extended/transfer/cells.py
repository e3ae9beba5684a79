"""Values of the exchange as text in a cell, and back without loss.

Text that a spreadsheet program would calculate gets an apostrophe (CWE-1236), and
reading takes exactly that one away again. Numbers and times need none: their form is
checked, and a leading minus belongs to them.
"""

import json
import re
from collections.abc import Mapping

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_YES = {"true", "1", "yes"}
_NO = {"false", "0", "no"}


def guard(text: str) -> str:
    """
    >>> guard("=1+1"), guard("Kraków"), guard("'=1+1")
    ("'=1+1", 'Kraków', "''=1+1")
    """
    return f"'{text}" if text.lstrip("'").startswith(_RUN) else text


def unguard(text: str) -> str:
    """
    >>> unguard("'=1+1"), unguard("''=1+1"), unguard("'s-Hertogenbosch")
    ('=1+1', "'=1+1", "'s-Hertogenbosch")
    """
    if text.startswith("'") and text.lstrip("'").startswith(_RUN):
        return text[1:]
    return text


def cell(value: object, guarded: bool = True) -> str:
    """A value from the wire as the text of a cell.

    :param guarded: whether text that a spreadsheet would calculate is guarded

    >>> cell(True), cell("-5.00"), cell("+420 777"), cell(None), cell([{"a": 1}])
    ('true', '-5.00', "'+420 777", '', '[{"a":1}]')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        plain = not guarded or _NUMBER.fullmatch(value)
        return value if plain else guard(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value(text: str, kind: str) -> object:
    """The value that a cell stands for; text that does not fit stays text.

    The exchange itself then refuses it, with the same words as over the wire.

    :param kind: one of `exchange.entity.KINDS`

    >>> value("yes", "boolean"), value("7", "integer"), value("x", "integer")
    (True, 7, 'x')
    """
    plain = text.strip()
    if kind == "boolean" and plain.lower() in _YES | _NO:
        return plain.lower() in _YES
    if kind in ("integer", "reference") and re.fullmatch(r"-?\d{1,9}", plain):
        return int(plain)
    if kind == "lines":
        return parsed(plain)
    return plain if kind not in ("char", "code") else text


def parsed(text: str) -> object:
    """JSON, or the text itself when it is none: what follows will refuse it."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def json_object(text: str) -> Mapping | None:
    """One line of JSON that must hold an object; None for anything else."""
    found = parsed(text)
    return found if isinstance(found, dict) else None


def _no_constant(name):
    raise ValueError(name)  # NaN and Infinity are no JSON
