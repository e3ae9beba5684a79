"""What a push may ask for: its ids and rows, and what the scope lets each row do."""

from ...exchange import arguments
from ...exchange.errors import ExchangeError

WRITING = ("create", "update", "delete", "merge")


class Rights:
    """What a scope allows, looked up once for all rows of an entity."""

    def __init__(self, scope, entity):
        self._verbs = {verb for verb in WRITING if scope._may(verb)}
        self._writable = set(scope._writable_fields(entity))
        self._readable = set(scope._readable_fields(entity))

    def check(self, row):
        verbs = {"delete": {"delete"}, "merge": {"merge"}, "patch": {"update"}}
        if not verbs.get(row.op, {"create", "update"}) & self._verbs:
            row.reject("out_of_scope", "You may not do this.", "op", got=row.op)
        elif row.op != "merge":
            for part, names in (("set", row.set), ("refs", row.refs)):
                for name in names:
                    self._check_field(row, part, name)

    def _check_field(self, row, part, name):
        path = f"{part}.{name}"
        if name not in self._writable | self._readable:
            row.reject(
                "unknown_field",
                "There is no such field in your scope; schema() lists them.",
                path,
            )
        elif name not in self._writable:
            row.reject("out_of_scope", "You may not write this.", path)
        elif part == "set" and row.set[name] is None:
            if row.entity.by_name[name].required:
                row.reject("required", "This field cannot be empty.", path)


def check_id(value, path):
    """An id that a client gives; :raises ExchangeError: `invalid_argument`"""
    value = arguments.text(value, path).strip()
    if not 0 < len(value) <= 128:
        raise ExchangeError(
            "invalid_argument",
            "The id cannot be used.",
            path=path,
            expected="1 to 128 characters",
        )
    return value


def check_rows(value, most):
    """Rows of a push; :raises ExchangeError: `invalid_argument`, `too_large`"""
    if not isinstance(value, list):
        raise ExchangeError(
            "invalid_argument", "Rows are a list.", path="rows", expected="list"
        )
    if not 0 < len(value) <= most:
        raise ExchangeError(
            "too_large" if value else "invalid_argument",
            "Too many rows." if value else "There are no rows.",
            path="rows",
            expected=f"1 to {most}",
            got=len(value),
        )
    return value
