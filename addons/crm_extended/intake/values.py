"""One cell becomes one value, or a `CellProblem` that says what was expected."""

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from .problems import CellProblem

DATE_FORMS = (
    "YYYY-MM-DD",
    "DD.MM.YYYY",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD-MM-YYYY",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "DD.MM.YY",
    "MM/DD/YY",
)
_DATE_PARTS = {"YYYY": r"(?P<y>[0-9]{4})", "YY": r"(?P<y>[0-9]{2})"}
_TIME = re.compile(
    r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[ ]?[AaPp][Mm])?$"
)
_BLANKS = str.maketrans(dict.fromkeys("\xa0\u202f\u2009", " ") | {"\u2212": "-"})
# C0 and C1 controls without tab and newline; marks that reverse the reading order
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}")
_YES = frozenset("1 y yes true t x ano a tak oui ja si sí да".split())
_NO = frozenset("0 n no false f ne nie non nein нет".split())
MAX_DIGITS = 15


def to_text(cell) -> str:
    """What a person reads in the cell; a whole number without its `.0`.

    :raises CellProblem: unreadable (wrong encoding), nul

    >>> to_text(12.0), to_text("  Jiří "), to_text(None)
    ('12', 'Jiří', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    text = str(cell)
    if "\ufffd" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise CellProblem("unreadable")
    if "\0" in text:
        raise CellProblem("nul")
    return text.strip()


def clean_text(text: str, limit: int) -> str:
    """One spelling of each character (NFC), no invisible ones, not longer than `limit`.

    :raises CellProblem: long

    >>> clean_text("A\\u202eB\\r\\nC", 10)
    'AB\\nC'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).strip()
    if len(text) > limit:
        raise CellProblem("long", limit=limit, length=len(text))
    return text


def to_line(text: str, limit: int) -> str:
    """A text of one line: breaks in an address typed in one cell become blanks."""
    return " ".join(clean_text(text, limit).split())


def to_email(text: str) -> str:
    """An address that could be written to.

    :raises CellProblem: email

    >>> to_email("Jana@Harmonia.example")
    'Jana@Harmonia.example'
    """
    text = to_line(text, 254)
    if not _EMAIL.fullmatch(text):
        raise CellProblem("email")
    return text


def to_flag(text: str) -> bool:
    """Yes or no in the words of the files that we met.

    :raises CellProblem: flag
    """
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellProblem("flag")


@lru_cache
def _date_pattern(form: str) -> re.Pattern:
    two = "[0-9]{2}" if form == "YYYYMMDD" else "[0-9]{1,2}"
    year = "YYYY" if "YYYY" in form else "YY"
    pattern = re.escape(form).replace(year, _DATE_PARTS[year])
    pattern = pattern.replace("MM", f"(?P<m>{two})").replace("DD", f"(?P<d>{two})")
    return re.compile(pattern.replace(r"\.", r"\.[ ]?"))


@lru_cache(maxsize=20_000)
def to_date(text: str, form: str, latest: date = date.max) -> date:
    """A day that exists, in the form agreed; a time of day behind it is left out.

    :param form: one of `DATE_FORMS`
    :param latest: a later day is a mistake
    :raises CellProblem: date_form, date_impossible, date_late, date_early

    >>> to_date("31.01.2024", "DD.MM.YYYY")
    datetime.date(2024, 1, 31)
    >>> to_date("2024-01-31 18:05", "YYYY-MM-DD")
    datetime.date(2024, 1, 31)
    """
    found = _date_pattern(form).fullmatch(_TIME.sub("", text))
    if not found:
        raise CellProblem("date_form", form=form)
    year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    if len(found["y"]) == 2:
        year += 2000 if year < 70 else 1900
    try:
        value = date(year, month, day)
    except ValueError:
        raise CellProblem("date_impossible", form=form) from None
    return _check_day(value, latest)


def _check_day(value: date, latest: date) -> date:
    if value > latest:
        raise CellProblem("date_late", latest=latest.isoformat())
    if value.year < 1900:
        raise CellProblem("date_early")
    return value


def cell_to_date(cell, form: str, latest: date = date.max) -> date:
    """As `to_date`; a workbook's cell may already be a date."""
    if isinstance(cell, datetime):
        return _check_day(cell.date(), latest)
    if isinstance(cell, date):
        return _check_day(cell, latest)
    return to_date(to_text(cell), form, latest)


@lru_cache
def _number_pattern(decimal: str, thousands: str) -> re.Pattern:
    whole = "[0-9]+"
    if thousands:
        mark = re.escape(thousands)
        whole = f"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|{whole}"
    return re.compile(rf"([+-]?)({whole})?(?:{re.escape(decimal)}([0-9]+))?")


def to_number(text: str, decimal: str = ".", thousands: str = "") -> Decimal:
    """An exact decimal number, written in digits: no exponent, no NaN, no infinity.

    :param decimal: "." or ","
    :param thousands: "", " ", ".", "," or "'"; groups of three or the number is refused
    :raises CellProblem: number, number_huge

    >>> to_number("1 234,50", ",", " ")
    Decimal('1234.50')
    >>> to_number("-12.5")
    Decimal('-12.5')
    """
    plain = text.translate(_BLANKS)
    found = _number_pattern(decimal, thousands).fullmatch(plain)
    if not found or not (found[2] or found[3]):
        raise CellProblem("number", decimal=decimal, thousands=thousands)
    whole = (found[2] or "0").replace(thousands, "") if thousands else found[2] or "0"
    if len(whole.lstrip("0")) > MAX_DIGITS or len(found[3] or "") > MAX_DIGITS:
        raise CellProblem("number_huge", limit=10**MAX_DIGITS)
    return Decimal(
        f"{found[1]}{whole}.{found[3] or '0'}" if found[3] else found[1] + whole
    )


def cell_to_number(cell, decimal: str, thousands: str) -> Decimal:
    """As `to_number`; a workbook's cell may already be a number.

    >>> cell_to_number(29.33, ",", ".")
    Decimal('29.33')
    """
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return to_number(to_text(cell), decimal, thousands)
    if not math.isfinite(cell):
        raise CellProblem("number", decimal=decimal, thousands=thousands)
    if abs(cell) >= 10**MAX_DIGITS:
        raise CellProblem("number_huge", limit=10**MAX_DIGITS)
    return (
        Decimal(repr(cell))
        if isinstance(cell, int)
        else Decimal(f"{cell:.10f}").normalize()
    )
