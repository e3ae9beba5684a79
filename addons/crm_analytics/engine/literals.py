"""Python values as SQL literals that PostgreSQL's grammar and DuckDB both read."""

import datetime
import math
from collections.abc import Iterable
from decimal import Decimal

from .errors import QueryRefused

# Longer lists of ids travel as a table: a literal of 100,000 ids takes seconds to
# parse.
LONG = 200


def literal(value: object) -> str:
    r"""A value as SQL; text is quoted so that nothing in it is read as SQL.

    >>> [literal(v) for v in (None, True, 1.5, "it's \\", (1, 2))]
    ['NULL', 'TRUE', '1.5', "'it''s \\'", '(1, 2)']

    :raises QueryRefused: for a number that is not finite, a NUL, or an unknown type
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return str(value)
        case float():
            if not math.isfinite(value):
                raise QueryRefused("a number is not finite")
            return repr(value)
        case str():
            return _text(value)
        case datetime.datetime():
            return f"'{value.isoformat(' ')}'::timestamp"
        case datetime.date():
            return f"'{value.isoformat()}'::date"
        case tuple():
            return f"({', '.join(map(literal, value))})"
        case list():
            return f"ARRAY[{', '.join(map(literal, value))}]"
    raise QueryRefused(f"no literal for {type(value).__name__}")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise QueryRefused("a text is not valid Unicode") from error
    if "\x00" in value:
        raise QueryRefused("a text contains NUL")
    return "'" + value.replace("'", "''") + "'"


def inline(
    code: str, params: Iterable[object]
) -> tuple[str, dict[str, tuple[int, ...]]]:
    """SQL with `%s` as SQL with literals, and the long lists of ids that it names.

    >>> inline("a IN %s AND b LIKE '%%'", [(1, 2)])
    ("a IN (1, 2) AND b LIKE '%'", {})
    """
    lists: dict[str, tuple[int, ...]] = {}
    literals = []
    for value in params:
        if (
            isinstance(value, tuple)
            and len(value) > LONG
            and set(map(type, value)) == {int}
        ):
            name = f"__ids_{len(lists)}"
            lists[name] = value
            literals.append(f'(SELECT id FROM "{name}")')
        else:
            literals.append(literal(value))
    return code % tuple(literals), lists
