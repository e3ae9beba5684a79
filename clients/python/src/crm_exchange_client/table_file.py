"""CSV files as spreadsheets and old systems read and write them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from .errors import SettingsError, Unfit
from .outbox import Outbox
from .store import Store

csv.field_size_limit(1024 * 1024)
_TRUE = ("1", "true", "yes", "t", "y", "x")
_FALSE = ("0", "false", "no", "f", "n")
# a spreadsheet would run a cell that begins with one of these
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(
    store: Store, entity: str, schema: Mapping[str, Any], path: str | Path
) -> int:
    """The replica's records of an entity, one per line; returns how many.

    The file is replaced only when it is complete. Text that a spreadsheet would take
    for a formula is preceded by an apostrophe, which `read` takes away again.
    """
    names = [str(field["name"]) for field in schema["fields"]]
    target, rows = Path(path), 0
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8-sig") as file:
            out = csv.writer(file)
            out.writerow(["id", "key", "rev", *names])
            for row in store.db.execute(
                "SELECT r.id, r.rev, r.data, (SELECT min(k.key) FROM own_key k WHERE"
                " k.entity = r.entity AND k.id = r.id) AS key FROM record r"
                " WHERE r.entity = ? ORDER BY r.id",
                [entity],
            ):
                data = json.loads(row["data"])
                values = [_cell(data.get(name)) for name in names]
                out.writerow([row["id"], _cell(row["key"]), row["rev"], *values])
                rows += 1
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows


def queue(
    store: Store,
    outbox: Outbox,
    entity: str,
    schema: Mapping[str, Any],
    path: str | Path,
    key: str = "key",
) -> tuple[int, int, list[str]]:
    """Put the lines of a file into the outbox.

    An empty cell empties the field if you had sent a value of it. A column whose
    heading is no field of the entity is refused, `id`, `rev` and the key's excepted.

    :param key: heading of the column with your own key
    :return: (lines read, lines that say something new, faults with their line numbers)
    """
    fields = {str(field["name"]): field for field in schema["fields"]}
    lines, news, faults = 0, 0, []
    with store.transaction():
        for number, row in _rows(path, key, fields):
            lines += 1
            try:
                values, refs = _values(row, key, fields)
                news += outbox.put(entity, _plain(row[key]).strip(), values, refs)
            except Unfit as fault:
                faults.append(f"{path}, line {number}: {fault}")
    return lines, news, faults


def _rows(
    path: str | Path, key: str, fields: Mapping[str, Any]
) -> Iterator[tuple[int, dict[str, str]]]:
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        head = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=head.count)
        read = csv.DictReader(file, delimiter=delimiter)
        names = list(read.fieldnames or ())
        if key not in names:
            raise SettingsError(f"{path} has no column {key!r}: name it with --key")
        strange = [n for n in names if n not in fields and n not in ("id", "rev", key)]
        if strange:
            raise SettingsError(
                f"{path}: {', '.join(map(repr, strange))} cannot be sent; "
                f"fields are {', '.join(fields)}"
            )
        for row in read:
            number = read.line_num
            if None in row or None in row.values():
                raise SettingsError(f"{path}, line {number}: wrong number of cells")
            yield number, row


def _values(
    row: Mapping[str, str], key: str, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    refs: dict[str, str] = {}
    for name, text in row.items():
        field = fields.get(name)
        if field is None or name == key or not field.get("writable"):
            continue
        text = _plain(text).strip()
        if field["type"] == "reference" and text and not text.startswith("id:"):
            refs[name] = text
        else:
            values[name] = _value(name, text, str(field["type"])) if text else None
    return values, refs


def _value(name: str, text: str, kind: str) -> Any:
    """A cell as the field's type wants it.

    >>> _value("active", "yes", "boolean"), _value("count", "7", "integer")
    (True, 7)
    """
    try:
        if kind == "boolean":
            if text.lower() in _TRUE + _FALSE:
                return text.lower() in _TRUE
            raise ValueError
        if kind == "integer":
            return int(text)
        if kind == "reference":
            return int(text[3:])
        if kind == "decimal":
            return format(Decimal(text), "f")
        if kind == "lines":
            return json.loads(text)
    except (ValueError, InvalidOperation):
        raise Unfit(f"{name}: {text!r} is no {kind}") from None
    return text


def _cell(value: Any) -> Any:
    """
    >>> _cell("=1+1"), _cell(True), _cell("-5"), _cell(None)
    ("'=1+1", 'true', '-5', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith((*_FORMULA, "'")):
        return value if _is_number(value) else f"'{value}"
    return value


def _plain(text: str) -> str:
    """
    >>> _plain("'=1+1"), _plain("'s-Hertogenbosch"), _plain("''t Hart")
    ('=1+1', "'s-Hertogenbosch", "'t Hart")
    """
    return (
        text[1:] if text.startswith(tuple(f"'{c}" for c in (*_FORMULA, "'"))) else text
    )


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
