"""Values of exchanged fields: checked as they come, and one form for comparing them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from . import wire
from .entity import Field
from .errors import ExchangeError

_WHOLE = re.compile(r"[+-]?\d{1,18}")
_MOST = Decimal(10) ** 15


def check(field: Field, value: object, path: str) -> object:
    """The value in the form in which it is compared, stored and sent back.

    Text is kept as it is, less blanks around it; empty text is None. Decimals become
    text without exponent, times RFC 3339 in UTC.

    :raises ExchangeError: `invalid_value`, `too_large`
    """
    if field.kind == "lines":
        return _lines(field, value, path)
    checked = _CHECKS[field.kind](field, value, path)
    if field.values and checked is not None and checked not in field.values:
        raise wrong(path, ", ".join(field.values), value)
    return checked


def canonical(field: Field, value: object) -> object:
    """A value read from the database in the same form; empty is None."""
    if field.kind == "boolean":
        return bool(value)
    if value is None or value is False or value == "":
        return None
    if field.kind == "decimal":
        return plain(Decimal(str(value)))
    if field.kind in ("date", "datetime") and not isinstance(value, str):
        return wire.moment(value)
    if field.kind == "char":
        return str(value).strip() or None
    return value


def plain(number: Decimal) -> str:
    """A decimal as text in one form only.

    >>> plain(Decimal("1.50")), plain(Decimal("100")), plain(Decimal("-0.0"))
    ('1.5', '100', '0')
    """
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def wrong(path: str, expected: str, got: object) -> ExchangeError:
    return ExchangeError(
        "invalid_value",
        "The value cannot be accepted.",
        path=path,
        expected=expected,
        got=got,
    )


def _char(field, value, path):
    if not isinstance(value, str):
        raise wrong(path, "text", value)
    value = value.strip()
    if field.maximum and len(value) > field.maximum:
        raise ExchangeError(
            "too_large",
            "The text is too long for this field.",
            path=path,
            expected=f"{field.maximum} characters at most",
            got=len(value),
        )
    return value or None


def _integer(field, value, path):
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(path, "integer", value)
    return value


def _decimal(field, value, path):
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong(path, "decimal as text", value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise wrong(path, "decimal as text", value) from None
    if not number.is_finite() or abs(number) >= _MOST:
        raise wrong(path, "a finite decimal below 10^15", value)
    if number.as_tuple().exponent < -12:
        raise wrong(path, "12 decimal places at most", value)
    return plain(number)


def _boolean(field, value, path):
    if not isinstance(value, bool):
        raise wrong(path, "boolean", value)
    return value


def _date(field, value, path):
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise wrong(path, "date such as 2026-03-01", value) from None


def _datetime(field, value, path):
    return wire.moment(moment(value, path))


def moment(value: object, path: str) -> datetime:
    """A time in UTC, without its zone, to the second.

    :raises ExchangeError: `invalid_value`
    """
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo:
            time = time.astimezone(UTC).replace(tzinfo=None)
        return time.replace(microsecond=0)
    except (TypeError, ValueError, OverflowError):
        raise wrong(path, "time such as 2026-03-01T12:30:00Z", value) from None


def _reference(field, value, path):
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise wrong(path, "id; a key of your own goes into refs", value)
    return value


def _lines(field, value, path):
    if not isinstance(value, list):
        raise wrong(path, "list of lines", value)
    by_name = {inner.name: inner for inner in field.fields}
    lines = []
    for place, line in enumerate(value):
        at = f"{path}[{place}]"
        if not isinstance(line, dict):
            raise wrong(at, "struct", line)
        checked = {}
        for name, inner in line.items():
            if name == "id":
                checked["id"] = _reference(field, inner, f"{at}.id")
            elif name not in by_name:
                raise ExchangeError(
                    "unknown_field",
                    "A line has no such field.",
                    path=f"{at}.{name}",
                    expected=", ".join(by_name),
                )
            elif _is_key(by_name[name], inner):
                checked[name] = inner  # a key, resolved where records are known
            else:
                checked[name] = check(by_name[name], inner, f"{at}.{name}")
        lines.append(checked)
    return lines


def _is_key(field, value):
    """Whether a line names a record by a key of the partner's own."""
    return (
        field.kind == "reference"
        and isinstance(value, dict)
        and isinstance(value.get("id"), str)
    )


_CHECKS = {
    "char": _char,
    "code": _char,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
}
