"""A row of a file becomes values under our own names, or a problem per bad cell."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from . import values
from .problems import CellProblem, FileProblem, Problem
from .reading import Row
from .targets import ATTRIBUTE, TARGETS, Target

_SEVERAL = re.compile("[;|]")


@dataclass(frozen=True)
class Column:
    """One agreement: this column of the file fills that field.

    :param target: key of `targets.TARGETS`
    :param label: what a person calls the column; its place if empty
    :param reading: how it is read, for a target that `TARGETS` does not list
    :param place: header name, or 1-based position as text; empty takes `default` always
    :param default: text used where the cell is empty
    :param translations: text of the file -> text that we understand, by casefolded text
    :param lookup: for a target of kind lookup, casefolded text -> value
    :param in_key: part of the key of a purchase that has no number of its own
    """

    target: str
    place: str = ""
    required: bool = False
    default: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)
    lookup: Mapping[str, object] = field(default_factory=dict)
    in_key: bool = False
    label: str = ""
    reading: Target | None = None

    def get_reading(self) -> Target:
        """How the column's text is read."""
        return self.reading or TARGETS[self.target]


@dataclass(frozen=True)
class Forms:
    """How dates and numbers are written in the file, and which of them are believed."""

    date_form: str = "YYYY-MM-DD"
    decimal: str = "."
    thousands: str = ""
    latest: date = date.max
    amount_limit: Decimal = Decimal(10**12)
    allow_negative: bool = True


class Mapped(NamedTuple):
    """A row after mapping; it is good when it has no problems.

    :param values: target -> value, empty cells as None
    :param received: target -> text as it stood in the file
    """

    number: int
    values: dict
    received: dict[str, str]
    problems: list[Problem]


def find_positions(columns, header: list[str] | None) -> list[int | None]:
    """Where each column stands, 0-based; None for a column of defaults only.

    A name is looked for in the header whatever its case; digits mean a position when no
    header has that name.

    :raises FileProblem: column_missing, column_twice

    >>> find_positions([Column("name", "Jméno"), Column("city", "1")], ["x", "JMÉNO"])
    [1, 0]
    """
    names = [name.casefold() for name in header or ()]
    positions = []
    for column in columns:
        place = column.place.strip()
        if not place:
            positions.append(None)
        elif names.count(place.casefold()) > 1:
            raise FileProblem("column_twice", column=place)
        elif place.casefold() in names:
            positions.append(names.index(place.casefold()))
        elif place.isascii() and place.isdigit() and 0 < int(place) <= 1000:
            positions.append(int(place) - 1)
        else:
            found = ", ".join(header or ()) or "-"
            raise FileProblem("column_missing", column=place, found=found[:500])
    return positions


class Mapper:
    """Puts the cells of each row under our names.

    :param header: the file's header or None
    :raises FileProblem: a mapped column is not in the file
    """

    def __init__(self, columns: list[Column], forms: Forms, header: list[str] | None):
        self._forms = forms
        self._width = len(header) if header else None
        positions = find_positions(columns, header)
        self._columns = list(zip(columns, positions, strict=True))
        self._readers = {
            "key": lambda cell, text, c: values.to_line(text, _limit(c)),
            "line": lambda cell, text, c: values.to_line(text, _limit(c)),
            "text": lambda cell, text, c: values.clean_text(text, _limit(c)),
            "email": lambda cell, text, c: values.to_email(text),
            "flag": lambda cell, text, c: values.to_flag(text),
            "date": self._read_date,
            "day": self._read_day,
            "number": self._read_number,
            "money": self._read_money,
            "lookup": _read_lookup,
            "lookups": _read_lookups,
        }

    def map(self, row: Row) -> Mapped:
        """Read a row. Each bad cell is a problem of its own: all are mended at once."""
        found, received, problems = {}, {}, []
        for column, position in self._columns:
            cell = None
            if position is not None and position < len(row.cells):
                cell = row.cells[position]
            text = "" if cell is None else str(cell)
            try:
                text = values.to_text(cell)
                value = self._read(column, cell, text)
            except CellProblem as problem:
                place = column.label or column.place or column.target
                problems.append(
                    Problem(
                        row.number, place, text[:200], problem.code, problem.details
                    )
                )
                continue
            found[column.target] = value
            if position is not None:
                received[column.target] = text
        if self._width and len(row.cells) > self._width:
            extra = [str(c) for c in row.cells[self._width :] if c not in (None, "")]
            if extra:
                details = {"cells": len(row.cells), "columns": self._width}
                problems.append(
                    Problem(row.number, "", extra[0][:200], "cells_many", details)
                )
        return Mapped(row.number, found, received, problems)

    def _read(self, column: Column, cell, text: str):
        if column.translations and text.casefold() in column.translations:
            cell = text = column.translations[text.casefold()]
        if not text and column.default:
            cell = text = column.default
        if not text:
            if column.required:
                raise CellProblem("required")
            return None
        return self._readers[column.get_reading().kind](cell, text, column)

    def _read_date(self, cell, text, column):
        return values.cell_to_date(cell, self._forms.date_form, self._forms.latest)

    def _read_day(self, cell, text, column):
        """A day of the customer's, which may lie ahead."""
        return values.cell_to_date(cell, self._forms.date_form)

    def _read_number(self, cell, text, column):
        forms = self._forms
        number = values.cell_to_number(cell, forms.decimal, forms.thousands)
        if abs(number) > forms.amount_limit:
            raise CellProblem("number_huge", limit=forms.amount_limit)
        return number

    def _read_money(self, cell, text, column):
        number = self._read_number(cell, text, column)
        if number < 0 and not self._forms.allow_negative:
            raise CellProblem("negative")
        return number


def _limit(column: Column) -> int:
    return column.get_reading().limit


def _read_lookup(cell, text, column):
    value = column.lookup.get(text.casefold())
    if value is None:
        is_attribute = column.target.startswith(ATTRIBUTE)
        raise CellProblem("unknown_" + ("attribute" if is_attribute else column.target))
    return value


def _read_lookups(cell, text, column):
    """Several in one cell, between semicolons or bars; commas may be part of a name.

    Unless nothing is called as the whole cell: then commas part it, too.
    """
    parts = [part.strip() for part in _SEVERAL.split(text)]
    if any(part.casefold() not in column.lookup for part in parts if part):
        parts = [part.strip() for part in re.split("[;|,]", text)]
    found = [_read_lookup(cell, part, column) for part in parts if part]
    return list(dict.fromkeys(found))


class KeyMaker:
    """A key for purchases that have no number: their own values and which one it is.

    Two equal lines on one day are two purchases, the first and the second; the same
    file again gives the same keys.

    >>> keys = KeyMaker(["customer_key", "date"])
    >>> row = {"customer_key": "7", "date": date(1997, 1, 18)}
    >>> keys.make(row), keys.make(row)
    ('7|1997-01-18#1', '7|1997-01-18#2')
    """

    def __init__(self, targets: list[str]):
        self._targets = targets
        self._times = Counter()

    def make(self, row: Mapping) -> str:
        """The key of the next row with these values."""
        text = "|".join(canonical(row.get(target)) for target in self._targets)
        if len(text) > 200:
            text = hashlib.sha256(text.encode()).hexdigest()
        self._times[text] += 1
        return f"{text}#{self._times[text]}"


def canonical(value) -> str:
    """One text for one value, however the file writes it: 29.330 is 29.33."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value).replace("|", "¦")
