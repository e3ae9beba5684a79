"""The one statement that brings interactions in step with documents of a kind."""

from .adapter import COLUMNS, Adapter

BY_IDS = "{id} = ANY(%(ids)s)"
BY_RANGE = "{id} BETWEEN %(first)s AND %(last)s"

_STATEMENT = """
WITH fresh AS MATERIALIZED (
    SELECT DISTINCT ON (x.origin_id, x.partner_id) x.*
      FROM (SELECT d.id AS origin_id, {customer} AS partner_id, {expressions}
              FROM {table} d {joins}
              JOIN res_partner p ON p.id = ({partner})
             WHERE {chosen} AND p.partner_share AND ({where})) x
      LEFT JOIN crm_interaction_rule r ON r.channel = x.channel
     WHERE x.date IS NOT NULL AND r.is_recorded IS NOT FALSE
       AND (COALESCE(r.keep_days, 0) = 0
            OR x.date >= now() AT TIME ZONE 'UTC' - make_interval(days => r.keep_days))
     ORDER BY x.origin_id, x.partner_id, x.date
), gone AS (
    DELETE FROM crm_interaction i
     WHERE i.kind = '{kind}' AND {chosen_origin} AND {still_there}
       AND NOT EXISTS (SELECT FROM fresh f WHERE f.origin_id = i.origin_id
                          AND f.partner_id = i.partner_id)
    RETURNING i.id
), kept AS (
    INSERT INTO crm_interaction AS i (kind, origin_id, partner_id, {columns})
    SELECT '{kind}', origin_id, partner_id, {columns} FROM fresh
    ON CONFLICT (kind, origin_id, partner_id) WHERE kind IS NOT NULL
    DO UPDATE SET {updates}
     WHERE ROW({current}) IS DISTINCT FROM ROW({excluded})
    RETURNING i.id
)
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM gone)
"""


def statement(adapter: Adapter, chosen: str, merging: bool = False) -> str:
    """SQL with psycopg parameters that makes, mends and removes interactions.

    :param chosen: `BY_IDS` or `BY_RANGE`: which documents
    :param merging: whether merged customers are kept and name their successor; what a
        document still says of the former is then the latter's
    :return: answers one row: (number made or changed, number removed)
    """
    there = f"EXISTS (SELECT FROM {adapter.table} d WHERE d.id = i.origin_id)"
    return _STATEMENT.format(
        kind=adapter.kind,
        table=adapter.table,
        joins=adapter.joins,
        partner=adapter.partner,
        where=adapter.where,
        customer="COALESCE(p.merged_into_id, p.id)" if merging else "p.id",
        expressions=", ".join(
            f"{sql} AS {name}" for name, sql in adapter.expressions().items()
        ),
        chosen=chosen.format(id="d.id"),
        chosen_origin=chosen.format(id="i.origin_id"),
        still_there=there if adapter.outlives else "TRUE",
        columns=", ".join(COLUMNS),
        updates=", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS),
        current=", ".join(f"i.{name}" for name in COLUMNS),
        excluded=", ".join(f"EXCLUDED.{name}" for name in COLUMNS),
    )
