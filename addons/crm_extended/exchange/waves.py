"""Rows of a push in an order in which each finds what it refers to."""

import hashlib
from collections.abc import Mapping, Sequence

from .revision import canonical
from .row import INTO, Row


def split_wave(rows: Sequence[Row], resolved: Mapping) -> tuple[list, list]:
    """The rows that may go now, and those that must wait for them.

    A row waits while a record it refers to is not there yet, and while an earlier row
    of the same record waits.

    :param resolved: (entity name, key) -> id of the records that are there
    """
    ready, waiting, taken = [], [], set()
    for row in rows:
        places = row.touches()
        if places & taken or missing(row, resolved):
            waiting.append(row)
        else:
            ready.append(row)
        taken |= places
    return ready, waiting


def ref_places(row: Row) -> list[tuple]:
    """(names of entities, key) of the records a row refers to, in order of its refs.

    Where the record may be of one of several entities, their names are joined by "|".
    """
    by_name = row.entity.by_name
    return [
        (row.entity.name if name == INTO else by_name[name].targets, key)
        for name, key in row.refs.items()
    ]


def missing(row: Row, resolved: Mapping) -> list[tuple[str, str]]:
    """Those among them that the client calls by its own keys and that are not there."""
    return [
        place
        for place in ref_places(row)
        if isinstance(place[1], str) and place not in resolved
    ]


def ring(rows: Sequence[Row], resolved: Mapping) -> list[Row]:
    """Those of the waiting rows that wait for each other, so that none can be first.

    A row that waits for one of these, or for a record that may still come, is none.
    """
    lacking = {
        row: [
            {(name, key) for name in names.split("|")}
            for names, key in missing(row, resolved)
        ]
        for row in rows
    }
    left = [row for row in rows if lacking[row]]
    while True:
        there = {row.place for row in left}
        missed = {place for row in left for places in lacking[row] for place in places}
        stuck = [
            row
            for row in left
            if row.place in missed and all(places & there for places in lacking[row])
        ]
        if len(stuck) == len(left):
            return stuck
        left = stuck


def digest(*parts: object) -> str:
    """SHA-256 of values in the one form of JSON that partners compute, too.

    >>> digest({"b": "é", "a": 1})[:16]
    '09ad9fd2fb648cb2'
    """
    content = parts[0] if len(parts) == 1 else list(parts)
    return hashlib.sha256(canonical(content)).hexdigest()
