"""Values that XML-RPC and JSON both carry unchanged, and nothing else.

XML-RPC answers an unmarshallable result with a fault *after* the transaction is
committed, so the client repeats what was done. Therefore results are checked here
before they are returned; what `outgoing` lets pass, both marshallers accept.

No null; integers below 2^31, larger ones and decimals as strings; times in UTC as
RFC 3339; no NaN, control character, lone surrogate or noncharacter; nesting of 16 at
most.
"""

import math
import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

from .errors import ExchangeError

MAX_INT = 2**31 - 1
MAX_STRING = 64 * 1024
MAX_DEPTH = 16
MAX_BODY = 8 * 1024 * 1024

# what XML 1.0 cannot carry, and C1 controls; tab, line feed and return are text
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# invisible marks that make two different keys look the same on a screen
_MISLEADING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def incoming(value: object, path: str = "", depth: int = 0) -> object:
    """A received value, refused unless it can be stored and sent back as it came.

    :raises ExchangeError: `invalid_value`, `too_large`
    """
    if isinstance(value, str):
        return text(value, path)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -MAX_INT - 1 <= value <= MAX_INT:
            raise _refused(path, "an integer below 2^31, larger ones as string", "int")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _refused(path, "a finite number", value)
        return value
    if isinstance(value, datetime | date):
        return moment(value)
    if isinstance(value, list | tuple | dict):
        if depth >= MAX_DEPTH:
            raise _refused(path, f"nesting of {MAX_DEPTH} at most", "deeper")
        return _incoming_group(value, path, depth + 1)
    if value is None:
        raise _refused(path, "a value; leave the name out instead of null", None)
    raise _refused(path, "text, number, boolean, list or struct", type(value).__name__)


def _incoming_group(value, path, depth):
    if isinstance(value, dict):
        fit = {}
        for name, item in value.items():
            if not isinstance(name, str):
                raise _refused(path, "names that are text", name)
            name = text(name, path)
            fit[name] = incoming(item, f"{path}.{name}" if path else name, depth)
        return fit
    return [incoming(item, f"{path}[{i}]", depth) for i, item in enumerate(value)]


def text(value: str, path: str = "") -> str:
    """Received text, refused if it holds what XML cannot carry or is too long."""
    if len(value) > MAX_STRING:
        raise ExchangeError(
            "too_large", "The text is too long.", path=path, expected="64 kB at most"
        )
    # what can be printed needs no search, and few characters are few bytes
    if not value.isprintable() and (found := _UNFIT.search(value)):
        raise _refused(path, "text without control characters", found[0])
    if len(value) > MAX_STRING // 4 and len(value.encode()) > MAX_STRING:
        raise ExchangeError(
            "too_large", "The text is too long.", path=path, expected="64 kB at most"
        )
    return value


def key(value: str, path: str = "") -> str:
    """A received key: also refused when it looks like another key but is not.

    A letter with its accent may come as one character or as two (macOS writes file
    names so): both are the same key, kept as one (Unicode's form NFC).

    >>> key("  A-1 "), key("Zdene\u030ck") == key("Zden\u011bk")
    ('A-1', True)
    """
    if value.isascii():
        return value.strip()
    if found := _MISLEADING.search(value):
        raise _refused(path, "a key without invisible marks", found[0])
    return unicodedata.normalize("NFC", value).strip()


def outgoing(value: object, path: str = "", depth: int = 0) -> object:
    """A result in values that both faces carry.

    :raises TypeError: for a value our own code should not have produced
    """
    kind = type(value)
    if kind is str:
        if value.isprintable() or not _UNFIT.search(value):  # the first is faster
            return value
        return _UNFIT.sub("\ufffd", value)
    if kind is bool:
        return value
    if kind is int:
        return value if -MAX_INT - 1 <= value <= MAX_INT else str(value)
    if kind is dict:
        if depth >= MAX_DEPTH:
            raise TypeError(f"{path}: nested too deeply")
        return {
            _name(k, path): outgoing(v, f"{path}.{k}", depth + 1)
            for k, v in value.items()
        }
    if kind is list or kind is tuple:
        if depth >= MAX_DEPTH:
            raise TypeError(f"{path}: nested too deeply")
        return [outgoing(v, path, depth + 1) for v in value]
    return _outgoing_rare(value, path)


def _outgoing_rare(value, path):
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, datetime | date):
        return moment(value)
    if isinstance(value, str):
        return outgoing(str(value), path)
    raise TypeError(f"{path}: {type(value).__name__} cannot be sent")


def _name(name, path):
    if type(name) is not str or _UNFIT.search(name):
        raise TypeError(f"{path}: a name must be text")
    return name


def moment(value: date | datetime) -> str:
    """A date, or a time in UTC, as RFC 3339; a time without zone is taken as UTC.

    >>> moment(datetime(2026, 3, 1, 12, 30)), moment(date(2026, 3, 1))
    ('2026-03-01T12:30:00Z', '2026-03-01')
    """
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat() + "Z"


def _refused(path, expected, got) -> ExchangeError:
    message = "The value cannot be accepted."
    return ExchangeError(
        "invalid_value", message, path=path, expected=expected, got=got
    )
