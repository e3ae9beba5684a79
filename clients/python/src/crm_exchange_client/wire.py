"""Values as both faces carry them: the same rules as the server's, checked here first.

A refusal before sending names the row and column; one by the server would concern the
whole batch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from .errors import Unfit

MAX_INT = 2**31 - 1
MAX_STRING = 64 * 1024
MAX_DEPTH = 16
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def fit(value: Any, path: str = "", depth: int = 0) -> Any:
    """The value in the form in which it is sent.

    >>> from datetime import datetime
    >>> fit({"limit": Decimal("12.50"), "at": datetime(2026, 3, 1, 12), "n": 2**40})
    {'limit': '12.50', 'at': '2026-03-01T12:00:00Z', 'n': '1099511627776'}

    :raises Unfit: for null, NaN, control characters, and whatever has no such form
    """
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -MAX_INT - 1 <= value <= MAX_INT else str(value)
    if isinstance(value, (float, Decimal)):
        return _number(value, path)
    if isinstance(value, (date, datetime)):
        return moment(value)
    if isinstance(value, (Mapping, list, tuple)):
        if depth >= MAX_DEPTH:
            raise Unfit(f"{path}: nested deeper than {MAX_DEPTH}")
        return _group(value, path, depth + 1)
    if value is None:
        raise Unfit(f"{path}: leave an empty field out, or name it in `unset`")
    raise Unfit(f"{path}: {type(value).__name__} cannot be sent")


def moment(value: date) -> str:
    """A day, or a time in UTC, as RFC 3339; a time without zone is taken as UTC."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return value.isoformat() + "Z"


def _text(value: str, path: str) -> str:
    if found := _UNFIT.search(value):
        raise Unfit(f"{path}: the character {found[0]!a} cannot be sent")
    if len(value) > MAX_STRING or len(value.encode()) > MAX_STRING:
        raise Unfit(f"{path}: longer than {MAX_STRING} bytes")
    return value


def _number(value: float | Decimal, path: str) -> Any:
    if not math.isfinite(value):
        raise Unfit(f"{path}: {value} is not a number that can be sent")
    return format(value, "f") if isinstance(value, Decimal) else value


def _group(value: Any, path: str, depth: int) -> Any:
    if not isinstance(value, Mapping):
        return [fit(item, f"{path}[{n}]", depth) for n, item in enumerate(value)]
    for name in value:
        if not isinstance(name, str):
            raise Unfit(f"{path}: the name {name!a} is not text")
    return {
        _text(name, path): fit(item, f"{path}.{name}" if path else name, depth)
        for name, item in value.items()
    }
