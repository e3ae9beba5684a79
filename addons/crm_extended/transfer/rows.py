"""Items of the feed as rows of a file, and rows of a file as rows to push.

The columns are those of the wire: `id` is our number, `key.source` and `key.id` the
partner's own key, `rev` the revision, then the entity's fields by their names. A
reference may be given by our number in its own column, or by key in `<name>.source`
and `<name>.id`. JSON lines are the wire's own objects, one on each line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from . import cells

if TYPE_CHECKING:
    from ..exchange.entity import Entity

OWN = ("op", "id", "key.source", "key.id", "rev", "into")
RESULT = (
    "row",
    "id",
    "key.source",
    "key.id",
    "status",
    "rev",
    "code",
    "path",
    "message",
    "expected",
    "got",
    "conflict",
)
OPERATIONS = ("upsert", "patch", "delete", "merge")


def columns(names: Iterable[str]) -> list[str]:
    """The header of an export with these fields."""
    return [*OWN, *names]


def to_cells(
    item: Mapping, names: Iterable[str], source: str, guarded: bool = True
) -> list[str]:
    """One item of `pull` as cells under `columns(names)`.

    :param source: the client's own source, of whose keys `keys` are
    :param guarded: see `cells.cell`
    """
    data, keys = item.get("data", {}), item.get("keys") or ()
    own = [
        item["op"],
        item["id"],
        source if keys else "",
        keys[0] if keys else "",
        item.get("rev", ""),
        item.get("into", ""),
    ]
    parts = [*own, *(data.get(name) for name in names)]
    return [cells.cell(part, guarded) for part in parts]


def unknown_columns(header: Iterable[str], entity: Entity) -> list[str]:
    """Columns of a file that mean nothing here: a misspelt one must not be lost."""
    known = {*OWN, "source"}
    for field in entity.fields:
        known.add(field.name)
        if field.kind == "reference":
            known |= {f"{field.name}.source", f"{field.name}.id"}
    return [name for name in header if name not in known]


def from_cells(
    header: list[str],
    row: list,
    number: int,
    entity: Entity,
    source: str,
    clear: bool = False,
    guarded: bool = True,
) -> dict:
    """A row of a file as a row to push.

    :param number: place in the file, becomes the `row_id`
    :param source: the client's own source, for keys that name none
    :param clear: an empty cell empties the field; otherwise it leaves it alone
    :param guarded: the file's texts are guarded as those we write
    """
    read = cells.unguard if guarded else str
    given = {name: read(part or "") for name, part in zip(header, row, strict=False)}
    pushed = {
        "row_id": str(number),
        "op": (given.get("op") or "upsert").strip(),
        "entity": entity.name,
        "key": _key(given, source),
        "base_rev": given.get("rev", "").strip() or "*",
        "set": {},
    }
    unset, refs = [], {}
    for field in entity.fields:
        if not field.writable:
            continue  # ours alone; it may stay in a file that was exported
        if field.name in given:
            text = given[field.name]
            if text.strip() == "":
                unset += [field.name] if clear else []
            elif field.kind == "reference":
                refs[field.name] = {"id": cells.value(text, field.kind)}
            else:
                pushed["set"][field.name] = cells.value(text, field.kind)
        if given.get(f"{field.name}.id"):
            refs[field.name] = {
                "source": given.get(f"{field.name}.source", "").strip() or source,
                "id": given[f"{field.name}.id"].strip(),
            }
            unset = [name for name in unset if name != field.name]
    if given.get("into", "").strip():
        pushed["into"] = {"id": _whole(given["into"])}
    if unset:
        pushed["unset"] = unset
    if refs:
        pushed["refs"] = refs
    return pushed


def from_object(line: Mapping, number: int, entity: Entity) -> dict:
    """A JSON line as a row to push: a row of the wire, or an item that was exported."""
    pushed = {"base_rev": "*", **line, "row_id": str(number), "entity": entity.name}
    if "data" in pushed:
        data = pushed.pop("data")
        if "rev" in pushed:
            pushed["base_rev"] = pushed["rev"]
        if "key" not in pushed and "id" in pushed:
            pushed["key"] = {"id": pushed["id"]}
        pushed.setdefault("set", _writable(data, entity))
        for name in ("id", "rev", "keys", "seq", "cut"):
            pushed.pop(name, None)
    pushed.setdefault("op", "upsert")
    return pushed


def result_cells(result: Mapping, key: Mapping) -> list[str]:
    """What became of one row, as cells under `RESULT`."""
    error = (result.get("errors") or [{}])[0]
    parts = [
        result.get("row_id", ""),
        result.get("id", key.get("id", "") if "source" not in key else ""),
        key.get("source", ""),
        key.get("id", "") if "source" in key else "",
        result.get("status", ""),
        result.get("rev", ""),
        *(error.get(name, "") for name in ("code", "path", "message")),
        *(error.get(name, "") for name in ("expected", "got")),
        result.get("conflict") or None,
    ]
    return [cells.cell(part) for part in parts]


def _writable(data, entity):
    """What was exported without what only we write; the rest is refused by its name."""
    if not isinstance(data, dict):
        return data
    fixed = {field.name for field in entity.fields if not field.writable}
    return {name: part for name, part in data.items() if name not in fixed}


def _key(given, source):
    """The key as the wire has it; an empty one is refused there."""
    if "source" in given and "key.id" not in given:
        named = given["source"].strip()
        own = given.get("id", "").strip()
        return {"source": named, "id": own} if named else _ours(own)
    key = given.get("key.id", "").strip()
    if key:
        named = given.get("key.source", "").strip() or source
        return {"source": named, "id": key}
    return _ours(given.get("id", ""))


def _ours(text):
    return {"id": _whole(text)} if text.strip() else {}


def _whole(text):
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
