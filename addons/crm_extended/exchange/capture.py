"""SQL that notes every change of a tracked table, whoever makes it.

Triggers see what `write()` overrides miss: stored recomputation, cascades, raw SQL
and merges. They work per statement on transition tables, so a batch of a thousand rows
costs one extra INSERT. Columns are compared inside, because PostgreSQL does not combine
column lists with transition tables.
"""

from collections.abc import Iterable

from .entity import Entity

PREFIX = "crm_exchange_capture_"

_FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $capture$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO crm_exchange_change (entity, res_id, op)
        SELECT e.entity, e.id, 'i'
          FROM (SELECT n.id, {entity_new} AS entity FROM new_rows n) e
         WHERE e.entity IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO crm_exchange_change (entity, res_id, op)
        SELECT e.entity, e.id, 'd'
          FROM (SELECT o.id, {entity_old} AS entity FROM old_rows o) e
         WHERE e.entity IS NOT NULL;
    ELSE
        INSERT INTO crm_exchange_change (entity, res_id, op, changed)
        SELECT e.entity, c.id, e.op, c.changed
          FROM (SELECT n.id, {entity_old} AS was, {entity_new} AS becomes,
                       concat_ws(',', {changed}) AS changed
                  FROM new_rows n JOIN old_rows o ON o.id = n.id
                 WHERE ({new_columns}) IS DISTINCT FROM ({old_columns})) c
         CROSS JOIN LATERAL (VALUES (c.was, 'l'), (c.becomes, 'u')) e (entity, op)
         WHERE e.entity IS NOT NULL
           AND (e.op = 'u' OR c.was IS DISTINCT FROM c.becomes);
    END IF;
    RETURN NULL;
END
$capture$
"""

_TRIGGERS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def install(entities: Iterable[Entity]) -> list[str]:
    """Statements that make the triggers of the one table of these entities.

    Repeating them changes nothing, so they run at every installation and upgrade.
    """
    entities = list(entities)
    [table] = {entity.table for entity in entities}
    columns = sorted({column for entity in entities for column in entity.columns})
    statements = [
        _FUNCTION.format(
            function=PREFIX + table,
            entity_new=_entity_of("n", entities),
            entity_old=_entity_of("o", entities),
            new_columns=", ".join(f'n."{column}"' for column in columns),
            old_columns=", ".join(f'o."{column}"' for column in columns),
            changed=", ".join(
                f'CASE WHEN n."{c}" IS DISTINCT FROM o."{c}" THEN \'{c}\' END'
                for c in columns
            ),
        )
    ]
    statements += [
        f"CREATE OR REPLACE TRIGGER {PREFIX}{event} AFTER {event} ON {table} {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {PREFIX}{table}()"
        for event, rows in _TRIGGERS.items()
    ]
    return statements


def remove(table: str) -> list[str]:
    """Statements that take the triggers of a table away, if they are there."""
    return [f"DROP FUNCTION IF EXISTS {PREFIX}{table}() CASCADE"]


def _entity_of(row: str, entities: list[Entity]) -> str:
    cases = (f"WHEN {e.where.format(row=row)} THEN '{e.name}'" for e in entities)
    return f"CASE {' '.join(cases)} END"
