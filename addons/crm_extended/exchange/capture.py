"""SQL that notes every change of a tracked table, whoever makes it.

Triggers see what `write()` overrides miss: stored recomputation, cascades, raw SQL
and merges. They work per statement on transition tables, so a batch of a thousand rows
costs one extra INSERT. Columns are compared inside, because PostgreSQL does not combine
column lists with transition tables.

A rule says what a change of a row means: a change of the record it is (`Own`), of the
record it is a line of (`Line`), or of the records that point to it (`Shared`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

PREFIX = "crm_exchange_capture_"


@dataclass(frozen=True, slots=True)
class Own:
    """The row is the record.

    :param where: condition on `{row}` that tells it from the table's other entities
    """

    entity: str
    columns: tuple[str, ...]
    where: str = "TRUE"


@dataclass(frozen=True, slots=True)
class Line:
    """The row is a line of the record whose id is in `parent`."""

    entity: str
    columns: tuple[str, ...]
    parent: str


@dataclass(frozen=True, slots=True)
class Shared:
    """The records of `table` whose `column` points to the row show its values."""

    entity: str
    columns: tuple[str, ...]
    table: str
    column: str


Rule = Own | Line | Shared

_FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $capture$
BEGIN
    IF TG_OP = 'INSERT' THEN
{insert}
    ELSIF TG_OP = 'DELETE' THEN
{delete}
    ELSE
{update}
    END IF;
    RETURN NULL;
END
$capture$
"""
_NOTE = "        INSERT INTO crm_exchange_feed (entity, res_id, op{more})\n"
_OWN_ONE = """
        SELECT e.entity, e.id, '{op}'
          FROM (SELECT r.id, {entity} AS entity FROM {rows} r) e
         WHERE e.entity IS NOT NULL;
"""
_OWN_UPDATE = """
        SELECT e.entity, c.id, e.op, c.changed
          FROM (SELECT n.id, {entity_old} AS was, {entity_new} AS becomes,
                       concat_ws(',', {changed}) AS changed
                  FROM new_rows n JOIN old_rows o ON o.id = n.id
                 WHERE {differ}) c
         CROSS JOIN LATERAL (VALUES (c.was, 'l'), (c.becomes, 'u')) e (entity, op)
         WHERE e.entity IS NOT NULL
           AND (e.op = 'u' OR c.was IS DISTINCT FROM c.becomes);
"""
_LINE_ONE = """
        SELECT DISTINCT '{entity}', r."{parent}", 'u', '{table}'
          FROM {rows} r WHERE r."{parent}" IS NOT NULL;
"""
_LINE_UPDATE = """
        SELECT DISTINCT '{entity}', p.id, 'u', '{table}'
          FROM new_rows n JOIN old_rows o ON o.id = n.id
         CROSS JOIN LATERAL (VALUES (o."{parent}"), (n."{parent}")) p (id)
         WHERE p.id IS NOT NULL AND {differ};
"""
_SHARED_UPDATE = """
        SELECT '{entity}', s.id, 'u', '{table}'
          FROM new_rows n JOIN old_rows o ON o.id = n.id
          JOIN "{shown}" s ON s."{column}" = n.id
         WHERE {differ};
"""
_TRIGGERS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def install(table: str, rules: Iterable[Rule]) -> list[str]:
    """Statements that make the triggers of one table.

    Repeating them changes nothing. The last one signs the function with `signature`,
    so that the next start sees whether there is anything to do.
    """
    rules = list(rules)
    statements = [_function(table, rules)]
    statements += [
        f"CREATE OR REPLACE TRIGGER {PREFIX}{event} AFTER {event} ON {table} {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {PREFIX}{table}()"
        for event, rows in _TRIGGERS.items()
        if event == "update" or not all(isinstance(rule, Shared) for rule in rules)
    ]
    sign = signature(table, rules)
    return [*statements, f"COMMENT ON FUNCTION {PREFIX}{table}() IS '{sign}'"]


def signature(table: str, rules: Iterable[Rule]) -> str:
    """Changes when the triggers of the table have to be made anew."""
    return sha256(_function(table, list(rules)).encode()).hexdigest()


def remove(table: str) -> list[str]:
    """Statements that take the triggers of a table away, if they are there."""
    return [f"DROP FUNCTION IF EXISTS {PREFIX}{table}() CASCADE"]


def _function(table: str, rules: Sequence[Rule]) -> str:
    own = [rule for rule in rules if isinstance(rule, Own)]
    parts = {"insert": [], "delete": [], "update": []}
    if own:
        parts["insert"].append(_own_one("i", "new_rows", own))
        parts["delete"].append(_own_one("d", "old_rows", own))
        parts["update"].append(_own_update(own))
    for rule in rules:
        values = {"entity": rule.entity, "table": table}
        if isinstance(rule, Line):
            values["parent"] = rule.parent
            for event, rows in (("insert", "new_rows"), ("delete", "old_rows")):
                parts[event].append(_noted(_LINE_ONE, rows=rows, **values))
            differ = _differ({*rule.columns, rule.parent})
            parts["update"].append(_noted(_LINE_UPDATE, differ=differ, **values))
        elif isinstance(rule, Shared):
            values |= {"shown": rule.table, "column": rule.column}
            differ = _differ(rule.columns)
            parts["update"].append(_noted(_SHARED_UPDATE, differ=differ, **values))
    bodies = {event: "".join(texts) or "NULL;" for event, texts in parts.items()}
    return _FUNCTION.format(function=PREFIX + table, **bodies)


def _noted(template: str, **values: str) -> str:
    return _NOTE.format(more=", changed") + template.format(**values)


def _own_one(op: str, rows: str, rules: Sequence[Own]) -> str:
    entity = _entity_of("r", rules)
    return _NOTE.format(more="") + _OWN_ONE.format(op=op, entity=entity, rows=rows)


def _own_update(rules: Sequence[Own]) -> str:
    columns = sorted({column for rule in rules for column in rule.columns})
    return _noted(
        _OWN_UPDATE,
        entity_new=_entity_of("n", rules),
        entity_old=_entity_of("o", rules),
        differ=_differ(columns),
        changed=", ".join(
            f'CASE WHEN n."{c}" IS DISTINCT FROM o."{c}" THEN \'{c}\' END'
            for c in columns
        ),
    )


def _differ(columns: Iterable[str]) -> str:
    columns = sorted(columns)
    new, old = (", ".join(f'{row}."{c}"' for c in columns) for row in "no")
    return f"({new}) IS DISTINCT FROM ({old})"


def _entity_of(row: str, rules: Sequence[Own]) -> str:
    cases = (f"WHEN {r.where.format(row=row)} THEN '{r.entity}'" for r in rules)
    return f"CASE {' '.join(cases)} END"
