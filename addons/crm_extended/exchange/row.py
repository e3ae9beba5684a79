"""One row of a push: what a partner wants done to a record, before we look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from . import values, wire
from .entity import Entity
from .errors import ExchangeError

OPS = ("upsert", "patch", "delete", "merge")
STATUSES = ("created", "updated", "unchanged", "conflict", "rejected", "deferred")
NEW, ANY = "new", "*"
INTO = "into"  # the reference of a merge: the record that goes on
MAX_ROW_ID = 128
_PARTS = ("row_id", "op", "entity", "key", "base_rev", "set", "unset", "refs")
_NAMES = frozenset(_PARTS) | {"observed_at"}

Key = int | str  # our id, or the client's own key


@dataclass(slots=True, eq=False)
class Row:
    """A row on its way: as it was sent, and what became of it so far.

    :param number: its place in the push
    :param raw: as received
    :param key: record that is meant: our id, or the client's own key
    :param set: field -> value, `None` for those to be emptied
    :param refs: field -> key of the record it shall point to
    :param errors: why it is rejected
    :param res_id: the record, as soon as it is known
    :param values: what is to be written, field -> value as the wire has it; of a
        reference the id
    :param vals: the same by field of the model, as `create` and `write` take it
    :param known: the last agreement, as `crm.exchange.base` keeps it
    :param said: the same of all that was sent, for the records of sources
    :param theirs: what stands here, field -> value in canonical form
    :param conflict: field -> what was sent and what stands here
    :param waiting: (entity name, key) of records it refers to and nobody knows yet
    :param hidden: the record is there, but not the client's to see
    """

    number: int
    raw: Mapping
    row_id: str = ""
    op: str = "upsert"
    entity: Entity | None = None
    key: Key = 0
    base_rev: str = ""
    set: dict = field(default_factory=dict)
    refs: dict = field(default_factory=dict)
    observed_at: datetime | None = None
    errors: list = field(default_factory=list)
    status: str = ""
    res_id: int = 0
    rev: str = ""
    values: dict = field(default_factory=dict)
    vals: dict = field(default_factory=dict)
    theirs: dict = field(default_factory=dict)
    known: tuple | None = None
    said: dict = field(default_factory=dict)
    conflict: dict = field(default_factory=dict)
    waiting: list = field(default_factory=list)
    hidden: bool = False

    @property
    def own_key(self) -> str:
        """The client's own key, "" when the row names our id."""
        return self.key if isinstance(self.key, str) else ""

    @property
    def place(self) -> tuple:
        """What rows of one record have in common."""
        return self.entity.name, self.key

    def touches(self) -> set[tuple]:
        """Places that no earlier row that still waits may touch."""
        if self.op == "merge" and INTO in self.refs:
            return {self.place, (self.entity.name, self.refs[INTO])}
        return {self.place}

    def reset(self) -> None:
        """Back to before an attempt that was rolled back."""
        self.status, self.rev, self.errors = "", "", []
        self.values, self.vals, self.theirs, self.conflict = {}, {}, {}, {}

    def reject(self, code, message, path="", **details) -> None:
        """Refuse the row; what was found before stays beside it."""
        path = f"rows[{self.number}].{path}" if path else f"rows[{self.number}]"
        self.fail(ExchangeError(code, message, path=path, **details))

    def fail(self, error: ExchangeError) -> None:
        self.status = "rejected"
        self.errors.append(error.as_dict())

    def result(self) -> dict:
        """What the partner is told of the row."""
        told = {"row_id": self.row_id, "status": self.status}
        if self.res_id and self.status != "rejected":
            told["id"] = self.res_id
        if self.rev:
            told["rev"] = self.rev
        if self.errors:
            told["errors"] = self.errors
        if self.conflict:
            told["conflict"] = {
                name: {k: v for k, v in sides.items() if v is not None}
                for name, sides in self.conflict.items()
            }
        if self.waiting:
            told["waits_for"] = [
                {"entity": entity, "id": key} for entity, key in self.waiting
            ]
        return told


def parse(raw: object, number: int, entities: Mapping[str, Entity], source: str) -> Row:
    """A row with all its faults noted; only one without faults may go on.

    :param entities: those in the client's scope, by name
    :param source: the client's own source; only its keys may be used
    """
    row = Row(number, raw if isinstance(raw, dict) else {}, row_id=str(number))
    if not isinstance(raw, dict):
        row.reject("invalid_argument", "A row is a struct.", got=raw)
        return row
    for name in raw.keys() - _NAMES:
        row.reject("unknown_argument", "A row has no such part.", name)
    _Parser(row, entities, source).run()
    return row


class _Parser:
    def __init__(self, row, entities, source):
        self._row, self._raw = row, row.raw
        self._entities, self._source = entities, source

    def run(self):
        steps = (self._id, self._op, self._entity, self._key, self._times)
        for step in steps:
            self._guard(step)
        if self._row.entity:
            for step in (self._set, self._unset, self._refs):
                self._guard(step)

    def _guard(self, step):
        try:
            step()
        except ExchangeError as error:
            self._row.fail(error)

    def _path(self, name):
        return f"rows[{self._row.number}].{name}"

    def _text(self, name, default=""):
        value = self._raw.get(name, default)
        if not isinstance(value, str):
            raise values.wrong(self._path(name), "text", value)
        return value

    def _id(self):
        given = self._raw.get("row_id", self._row.row_id)
        if isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        if not isinstance(given, str) or not 0 < len(given) <= MAX_ROW_ID:
            raise values.wrong(
                self._path("row_id"), f"text of {MAX_ROW_ID} characters at most", given
            )
        self._row.row_id = given

    def _op(self):
        op = self._text("op", "upsert")
        if op not in OPS:
            raise values.wrong(self._path("op"), ", ".join(OPS), op)
        self._row.op = op

    def _entity(self):
        name = self._text("entity")
        entity = self._entities.get(name)
        if not entity:
            raise ExchangeError(
                "out_of_scope",
                "There is no such entity in your scope; hello() lists them.",
                path=self._path("entity"),
                got=name,
            )
        self._row.entity = entity

    def _key(self):
        self._row.key = read_key(self._raw.get("key"), self._source, self._path("key"))

    def _times(self):
        self._row.base_rev = self._text("base_rev")[:64]
        if "observed_at" in self._raw:
            path = self._path("observed_at")
            self._row.observed_at = values.moment(self._raw["observed_at"], path)

    def _struct(self, name):
        value = self._raw.get(name, {})
        if not isinstance(value, dict):
            raise values.wrong(self._path(name), "struct", value)
        return value

    def _field(self, name, path):
        found = self._row.entity.by_name.get(name)
        if not found:
            raise ExchangeError(
                "unknown_field",
                "The entity has no such field in your scope; schema() lists them.",
                path=path,
                got=name,
            )
        return found

    def _set(self):
        for name, value in self._struct("set").items():
            path = self._path(f"set.{name}")
            self._guard(lambda: self._set_one(name, value, path))  # noqa: B023

    def _set_one(self, name, value, path):
        self._row.set[name] = values.check(self._field(name, path), value, path)

    def _unset(self):
        names = self._raw.get("unset", [])
        if not isinstance(names, list):
            raise values.wrong(self._path("unset"), "list of names", names)
        for place, name in enumerate(names):
            path = self._path(f"unset[{place}]")
            self._guard(lambda: self._unset_one(name, path))  # noqa: B023

    def _unset_one(self, name, path):
        if not isinstance(name, str):
            raise values.wrong(path, "name of a field", name)
        found = self._field(name, path)
        if name in self._row.set:
            raise values.wrong(path, "a field that is not in set", name)
        if found.required or found.kind == "lines":
            raise ExchangeError(
                "required", "This field cannot be emptied.", path=path, got=name
            )
        self._row.set[name] = False if found.kind == "boolean" else None

    def _refs(self):
        for name, key in self._struct("refs").items():
            path = self._path(f"refs.{name}")
            self._guard(lambda: self._ref(name, key, path))  # noqa: B023

    def _ref(self, name, key, path):
        if not (self._row.op == "merge" and name == INTO):
            found = self._field(name, path)
            if found.kind != "reference" or not found.entity:
                raise values.wrong(path, "a field that points to an entity", name)
            if name in self._row.set:
                raise values.wrong(path, "a field that is not in set", name)
        self._row.refs[name] = read_key(key, self._source, path)


def read_key(key: object, source: str, path: str) -> Key:
    """`{"id": 7}` (ours) or `{"source": "ERP", "id": "A-1"}` (the client's own).

    :raises ExchangeError: `invalid_argument`, `out_of_scope`, `invalid_value`
    """
    if isinstance(key, dict) and key.keys() == {"id"}:
        value = key["id"]
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    if isinstance(key, dict) and key.keys() == {"id", "source"}:
        if key["source"] != source:
            raise ExchangeError(
                "out_of_scope",
                "Only keys of your own source can be used.",
                path=f"{path}.source",
                expected=source,
                got=key["source"],
            )
        value = key["id"]
        if isinstance(value, str) and 0 < len(value.strip()) <= 128:
            return wire.key(value, f"{path}.id")
    raise ExchangeError(
        "invalid_argument",
        "The key cannot be used.",
        path=path,
        expected='{"id": 7} or {"source": "...", "id": "..."}, 128 characters at most',
        got=key,
    )
