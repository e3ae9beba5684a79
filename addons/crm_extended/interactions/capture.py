"""SQL that notes which documents changed, whoever changed them.

Triggers see what `write()` overrides miss (stored recomputation, cascades, raw SQL,
merges) and documents of modules that we must not depend on. They work per statement on
transition tables and add one narrow row per document to `crm_interaction_pending`; what
it means for the customer's picture is worked out later, by a job or by the reader.
"""

from collections.abc import Iterable

from .adapter import Watch

PREFIX = "crm_interaction_capture_"

SCHEMA = """
CREATE TABLE IF NOT EXISTS crm_interaction_pending (
    id bigserial PRIMARY KEY,
    model varchar NOT NULL,
    origin_id integer NOT NULL
);
CREATE TABLE IF NOT EXISTS crm_interaction_head (
    k smallint PRIMARY KEY CHECK (k = 1),
    turn bigint NOT NULL DEFAULT 0
);
INSERT INTO crm_interaction_head (k) VALUES (1) ON CONFLICT DO NOTHING;
"""
DROP = "DROP TABLE IF EXISTS crm_interaction_pending, crm_interaction_head"

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
_NOTE = """INSERT INTO crm_interaction_pending (model, origin_id)
        SELECT DISTINCT '{model}', c.origin FROM ({changed}) c
         WHERE c.origin IS NOT NULL;"""
_TRIGGERS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def install(table: str, watches: Iterable[tuple[str, Watch]]) -> list[str]:
    """Statements that make the triggers of a table for (model, watch) pairs.

    Repeating them changes nothing, so they run at every installation and upgrade.
    """
    watches = list(watches)
    function = PREFIX + table
    noted = {
        event: _note([pair for pair in watches if event in pair[1].events], changed_of)
        for event, changed_of in _CHANGED.items()
    }
    empty = {event: body or "NULL;" for event, body in noted.items()}
    statements = [_FUNCTION.format(function=function, **empty)]
    for event, rows in _TRIGGERS.items():
        name = f"{PREFIX}{event}"
        statements.append(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            if noted[event]
            else f"DROP TRIGGER IF EXISTS {name} ON {table}"
        )
    return statements


def remove(function: str) -> str:
    """The statement that takes a capturing function and its triggers away."""
    assert function.startswith(PREFIX)
    return f"DROP FUNCTION IF EXISTS {function}() CASCADE"


def _note(watches, changed_of):
    """One INSERT per model."""
    by_model = {}
    for model, watch in watches:
        by_model.setdefault(model, []).append(changed_of(watch))
    return "\n        ".join(
        _NOTE.format(model=model, changed=" UNION ALL ".join(parts))
        for model, parts in by_model.items()
    )


def _one_side(watch: Watch, row: str, rows: str) -> str:
    origin = watch.origin.format(row=row)
    relevant = watch.relevant.format(row=row)
    return f"SELECT {origin} AS origin FROM {rows} {row} WHERE {relevant}"


def _inserted(watch: Watch) -> str:
    return _one_side(watch, "n", "new_rows")


def _deleted(watch: Watch) -> str:
    return _one_side(watch, "o", "old_rows")


def _updated(watch: Watch) -> str:
    """Documents of rows that differ in a column of interest, before and after."""
    if not watch.keyed:
        return f"{_inserted(watch)} UNION ALL {_deleted(watch)}"
    new, old = (
        ", ".join(f'{row}."{column}"' for column in watch.columns) for row in "no"
    )
    origins = ", ".join(f"({watch.origin.format(row=row)})" for row in "no")
    relevant = " OR ".join(f"({watch.relevant.format(row=row)})" for row in "no")
    return (
        f"SELECT x.origin FROM new_rows n JOIN old_rows o ON o.id = n.id "
        f"CROSS JOIN LATERAL (VALUES {origins}) x (origin) "
        f"WHERE ROW({new}) IS DISTINCT FROM ROW({old}) AND ({relevant})"
    )


_CHANGED = {"insert": _inserted, "update": _updated, "delete": _deleted}
