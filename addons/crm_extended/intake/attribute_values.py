"""The kinds of attributes, and one value read as its kind demands."""

import math
from datetime import date

from .problems import CellProblem
from .values import clean_text

# kind -> column of crm.attribute.value that holds it
COLUMNS = {
    "text": "value_text",
    "number": "value_number",
    "date": "value_date",
    "flag": "value_flag",
    "choice": "choice_id",
    "choices": "choice_id",
    "product": "product_id",
    "category": "category_id",
}
SEVERAL = frozenset({"choices", "product", "category"})  # may hold more than one
REFERRING = frozenset({"choice", *SEVERAL})  # hold ids of other records
TEXT_LIMIT = 2000
MOST = 50  # values of one attribute at once
LARGEST = 1e12


def read_value(kind: str, raw):
    """The value in its own type; `None` empties a single value, `[]` several.

    Whoever calls the API is as likely to be wrong as a file, hence every type is
    checked. Ids are only checked to be whole numbers; whether they exist and may be
    seen is for the caller.

    :return: str, float, date, bool or int, or a list of ids without doubles
    :raises CellProblem: wrong_kind, nul, long, number_huge, date_impossible,
        date_early, many

    >>> read_value("number", 3), read_value("text", " A\\u202eB ")
    (3.0, 'AB')
    >>> read_value("choices", [7, 8, 7])
    [7, 8]
    """
    if kind in SEVERAL:
        return _read_ids(kind, raw)
    if raw is None or raw == "":
        return None
    return _READERS[kind](kind, raw)


def _read_text(kind, raw):
    if not isinstance(raw, str):
        raise CellProblem("wrong_kind", kind=kind)
    if "\0" in raw:
        raise CellProblem("nul")
    if any("\ud800" <= char <= "\udfff" for char in raw[: 2 * TEXT_LIMIT]):
        raise CellProblem("unreadable")
    if len(raw) > 2 * TEXT_LIMIT:  # before any work is spent on it
        raise CellProblem("long", limit=TEXT_LIMIT, length=len(raw))
    return clean_text(raw, TEXT_LIMIT) or None


def _read_number(kind, raw):
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise CellProblem("wrong_kind", kind=kind)
    if isinstance(raw, float) and not math.isfinite(raw):
        raise CellProblem("wrong_kind", kind=kind)
    if abs(raw) > LARGEST:
        raise CellProblem("number_huge", limit=int(LARGEST))
    return float(raw)


def _read_date(kind, raw):
    if isinstance(raw, str):
        try:
            raw = date.fromisoformat(raw)
        except ValueError:
            raise CellProblem("date_impossible", form="YYYY-MM-DD") from None
    if type(raw) is not date:  # a datetime is a date to isinstance
        raise CellProblem("wrong_kind", kind=kind)
    if raw.year < 1900:
        raise CellProblem("date_early")
    return raw


def _read_flag(kind, raw):
    if not isinstance(raw, bool):
        raise CellProblem("wrong_kind", kind=kind)
    return raw


def _read_id(kind, raw):
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**31:
        raise CellProblem("wrong_kind", kind=kind)
    return raw


def _read_ids(kind, raw):
    if raw is None or raw is False:
        return []
    if not isinstance(raw, list | tuple):
        raise CellProblem("wrong_kind", kind=kind)
    if len(raw) > MOST:
        raise CellProblem("many", limit=MOST)
    return list(dict.fromkeys(_read_id(kind, one) for one in raw))


_READERS = {
    "text": _read_text,
    "number": _read_number,
    "date": _read_date,
    "flag": _read_flag,
    "choice": _read_id,
}
