"""One place in the database that may refer to a customer, and what guards it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique key of a table: no two rows agree on all `keys` where `predicate` holds.

    :param keys: SQL expressions on the columns of the table, without alias
    :param nulls_equal: two empty values count as equal
    """

    keys: tuple[str, ...]
    predicate: str = ""
    nulls_equal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What must be known of a table to change one of its columns safely.

    :param key: column that tells its rows apart, beside the changed one in a relation
    """

    name: str
    columns: tuple[str, ...]
    key: str = "id"
    uniques: tuple[Unique, ...] = ()
    checks: tuple[str, ...] = ()

    @property
    def dated(self) -> bool:
        return "write_date" in self.columns


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that may hold a customer.

    :param kind: `key` an id, `pair` an id beside the name of its model, `text`
        "model,id", `company` and `property` ids inside a JSON object
    :param model_is: for `pair`: SQL condition on the row `t`: it is about the model
    :param value: column of the map with the new id: `target_id`, or `debtor_id` where
        accounting keeps the commercial entity
    :param holds: (SQL condition on the row `v`, reason) pairs: rows that stay
    :param prefix: for `text`: what stands before the id
    :param names: for `property`: keys that hold customers
    """

    table: Table
    column: str
    kind: str = "key"
    model_is: str = ""
    value: str = "target_id"
    holds: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    names: tuple[str, ...] = ()
    uniques: tuple[Unique, ...] = field(default=())
    checks: tuple[str, ...] = field(default=())

    @property
    def place(self) -> str:
        return f"{self.table.name}.{self.column}"
