"""What partners may exchange, declared once; schema, reading and triggers follow.

An entity is a kind of record (customer, contact ...) kept in the table of a model.
Another addon adds one by extending `crm.exchange._entities()` with a declaration like
those in `customer.py`.
"""

import re
from dataclasses import dataclass, field

KINDS = (
    "char",
    "integer",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "code",
    "reference",
    "lines",
)
VERBS = ("read", "create", "update", "delete", "merge", "erase")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Field:
    """One exchanged value.

    :param name: its name on the wire
    :param kind: one of `KINDS`; `code` is a many2one sent as a code of its target,
        `reference` a many2one sent as id, `lines` a one2many sent as a list of structs
        with `id` and the `fields` of each line
    :param column: field of the model that holds it, when it is called otherwise
    :param code: for `code`: field of the target, such as `code` of a country
    :param personal: says something about a natural person
    :param writable: a partner with the right to write may change it
    :param maximum: longest text in characters; longer ones are cut and reported
    :param values: the only values there are
    :param entity: for `reference`: entity that it points to, so that a key given
        instead of an id can be resolved
    :param also: further entities that it may point to; a key is looked for in this
        order
    :param fields: for `lines`: what each line holds
    :param optional: left out where no addon gives the model this column
    :param tracked: for `lines`: a change of a line alone is a change of the record;
        False where the record's own columns change with every line
    """

    name: str
    kind: str = "char"
    column: str = ""
    code: str = ""
    personal: bool = False
    writable: bool = False
    required: bool = False
    deprecated: bool = False
    maximum: int = 0
    values: tuple[str, ...] = ()
    help: str = ""
    entity: str = ""
    also: tuple[str, ...] = ()
    fields: tuple["Field", ...] = ()
    optional: bool = False
    tracked: bool = True

    def __post_init__(self):
        object.__setattr__(self, "column", self.column or self.name)
        if self.kind == "char" and not self.maximum:
            object.__setattr__(self, "maximum", 1000)
        for name in (self.name, self.column):
            if not _IDENTIFIER.fullmatch(name):
                raise ValueError(f"{name!r} is not a field name")
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: unknown kind {self.kind!r}")
        if (self.kind == "code") != bool(self.code):
            raise ValueError(f"{self.name}: kind and code do not fit")
        if self.entity and self.kind != "reference":
            raise ValueError(f"{self.name}: only a reference points to an entity")
        if self.also and not self.entity:
            raise ValueError(f"{self.name}: nothing comes before those in also")
        if (self.kind == "lines") != bool(self.fields):
            raise ValueError(f"{self.name}: kind and fields do not fit")

    @property
    def targets(self) -> str:
        """Names of the entities it may point to, joined as a place of `waves` has them.

        >>> Field("customer", "reference", entity="customer", also=("contact",)).targets
        'customer|contact'
        """
        return "|".join((self.entity, *self.also))

    def schema(self) -> dict:
        """The declaration as partners see it; what does not apply is left out."""
        described = {
            "name": self.name,
            "type": "char" if self.kind == "code" else self.kind,
            "personal": self.personal,
            "writable": self.writable,
            "required": self.required,
            "deprecated": self.deprecated,
        }
        if self.maximum:
            described["maximum"] = self.maximum
        if self.values:
            described["values"] = list(self.values)
        if self.entity:
            described["entity"] = self.entity
        if self.also:
            described["also"] = list(self.also)
        if self.fields:
            described["fields"] = [field.schema() for field in self.fields]
        if self.help:
            described["help"] = self.help
        return described


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record that partners exchange.

    :param version: `major.minor`; fields are only added within a major version
    :param where: SQL condition on the columns of a row `{row}` of the table: which rows
        are of this entity. Entities of one table must not overlap.
    :param domain: the same condition for the ORM
    :param watched: further columns whose change is worth telling
    :param owners: paths of many2ones to the partners it belongs to; who may not see
        the customer of one of these does not see the record
    :param company: path to its company, where that is not `company_id`
    :param verbs: what a client may do with it at all; its scope may allow less
    """

    name: str
    version: str
    model: str
    fields: tuple[Field, ...]
    where: str = "TRUE"
    domain: tuple = ()
    watched: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    company: str = "company_id"
    verbs: tuple[str, ...] = ("read",)
    help: str = ""
    by_name: dict[str, Field] = field(init=False, compare=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})
        if not _IDENTIFIER.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not an entity's name")
        if len(self.by_name) != len(self.fields):
            raise ValueError(f"{self.name}: a field is declared twice")
        if not set(self.verbs) <= set(VERBS):
            raise ValueError(f"{self.name}: a verb is unknown")

    @property
    def table(self) -> str:
        return self.model.replace(".", "_")

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose change is a change of the entity, sorted."""
        own = {f.column for f in self.fields if f.kind != "lines"}
        return tuple(sorted(own | set(self.watched)))

    def plain_fields(self) -> tuple[str, ...]:
        """Names of the fields that say nothing about a natural person."""
        return tuple(f.name for f in self.fields if not f.personal)

    def schema(self, names) -> dict:
        """The declaration as partners see it, of these fields only."""
        return {
            "name": self.name,
            "version": self.version,
            "help": self.help,
            "verbs": list(self.verbs),
            "key": {"id": "integer", "source": "char"},
            "fields": [f.schema() for f in self.fields if f.name in names],
        }
