"""A received file, copied whole before it is read, and its rows ready to push."""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ..exchange.entity import Entity
from ..intake.layout import Layout, Limits
from ..intake.problems import FileProblem
from ..intake.reading import Table
from . import cells, rows
from .folder import CHUNK
from .problems import TransferProblem

LONGEST_LINE = 1 << 20


class Row(NamedTuple):
    """A row to push, or why it cannot be one."""

    number: int
    pushed: dict
    problem: str = ""


def count_lines(spool):
    """About how many rows a file has; a line break within a value counts, too."""
    start, lines = spool.tell(), 0
    spool.seek(0)
    while part := spool.read(1 << 20):
        lines += part.count(b"\n")
    spool.seek(start)
    return lines


def copy(source: BinaryIO, target: BinaryIO, limit: int) -> tuple[str, int]:
    """Copy a file and give its SHA-256 and size.

    :raises TransferProblem: `too_large`; nothing more is read then
    """
    total, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise TransferProblem("too_large", megabytes=limit >> 20)
        total.update(chunk)
        target.write(chunk)
    return total.hexdigest(), size


def csv_rows(
    stream: BinaryIO,
    entity: Entity,
    source: str,
    delimiter: str,
    encoding: str,
    limit: int,
    clear: bool = False,
    guarded: bool = True,
) -> Iterator[Row]:
    """Rows of a CSV file with a header.

    :raises FileProblem: the file as a whole cannot be read
    :raises TransferProblem: `columns_unknown`, `columns_twice`
    """
    encoding = "auto" if encoding in ("utf-8", "utf-8-sig") else encoding
    layout = Layout(delimiter=delimiter, encoding=encoding)
    table = Table(stream, layout, Limits(file_bytes=limit))
    header = [name.strip() for name in table.header]
    if unknown := rows.unknown_columns(header, entity):
        known = ", ".join(rows.OWN + tuple(f.name for f in entity.fields))
        raise TransferProblem(
            "columns_unknown", columns=", ".join(map(repr, unknown[:5])), known=known
        )
    if len(set(header)) != len(header):
        raise TransferProblem("columns_twice")
    try:
        for row in table:
            number, cells_ = row
            if len(cells_) > len(header):
                yield Row(number, {}, "cells_many")
                continue
            pushed = rows.from_cells(
                header, cells_, number, entity, source, clear, guarded
            )
            yield Row(number, pushed)
    except FileProblem as problem:
        if problem.code != "no_rows":  # a header alone: nothing changed at their side
            raise


def json_rows(stream: BinaryIO, entity: Entity) -> Iterator[Row]:
    """Rows of a file with one JSON object on each line; empty lines are left out."""
    stream.seek(0)
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise TransferProblem("line_long", row=number)
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if not line.strip():
            continue
        try:
            found = cells.json_object(line.decode())
        except UnicodeDecodeError:
            found = None
        if found is None:
            yield Row(number, {}, "not_json")
        else:
            yield Row(number, rows.from_object(found, number, entity))
