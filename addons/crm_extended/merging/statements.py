"""One statement per place moves every reference there, another brings it back.

Whatever the number of merges: the pairs (archived, surviving) stand in a temporary
table. What would break a unique key or a check is found before and stays.

Names come from the database's own catalogue; they are quoted all the same.
"""

from .catalog import mentions, row_key
from .reference import Reference, Table, Unique

MAP = """
DROP TABLE IF EXISTS pg_temp.crm_merge_map;
CREATE TEMP TABLE crm_merge_map (
    source_id integer PRIMARY KEY,
    target_id integer NOT NULL,
    debtor_id integer NOT NULL,
    merge_source_id integer NOT NULL,
    merge_id integer NOT NULL
) ON COMMIT DROP;
DROP TABLE IF EXISTS pg_temp.crm_merge_held;
CREATE TEMP TABLE crm_merge_held (
    entry_id integer PRIMARY KEY, reason varchar NOT NULL
) ON COMMIT DROP
"""
BACK = """
DROP TABLE IF EXISTS pg_temp.crm_merge_back;
CREATE TEMP TABLE crm_merge_back (
    merge_source_id integer PRIMARY KEY,
    merge_id integer NOT NULL,
    source_id integer,
    target_id integer,
    whole boolean NOT NULL
) ON COMMIT DROP
"""
_JOURNAL = """
INSERT INTO crm_merge_move (merge_id, source_id, kind, table_name, column_name,
                            row_id, key, old_id, new_id, old_data, new_data, reason)
"""


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def text(value: str) -> str:
    return "'{}'".format(value.replace("'", "''"))


def guards(reference: Reference) -> tuple[list[Unique], list[str]]:
    """The unique keys and checks that a change of the column can break."""
    column = reference.column
    uniques = [
        unique
        for unique in (*reference.table.uniques, *reference.uniques)
        if any(mentions(key, column) for key in (*unique.keys, unique.predicate))
    ]
    checks = [
        check
        for check in (*reference.table.checks, *reference.checks)
        if mentions(check, column)
    ]
    return uniques, checks


def move(reference: Reference) -> str:
    """Statement that moves the references of every merge in the map.

    Its journal rows say `moved`, or `kept` with the reason.
    """
    if reference.kind == "property":
        return _move_property(reference)
    if reference.kind == "company":
        return _move_company(reference)
    table, column = quoted(reference.table.name), quoted(reference.column)
    key = quoted(row_key(reference.table, reference.column))
    condition = f" AND {reference.model_is}" if reference.model_is else ""
    future = f"""
        SELECT {_other_columns(reference)},
               {_encoded(reference, "m." + reference.value)} AS {column},
               t.{key} AS _row, m.source_id AS _old, m.{reference.value} AS _new,
               m.merge_source_id AS _by, m.merge_id AS _merge
          FROM {table} t JOIN crm_merge_map m
            ON t.{column} = {_encoded(reference, "m.source_id")}{condition}"""
    dated = _dated(reference.table)
    same_row = f"t.{key} = j._row AND t.{column} = {_encoded(reference, 'j._old')}"
    return f"""
        WITH future AS ({future}),
        keyed AS (SELECT v.*{_key_columns(reference)} FROM future v),
        judged AS MATERIALIZED (
            SELECT v._row, v._old, v._new, v._by, v._merge,
                   {_reason(reference, [])} AS _reason FROM keyed v),
        moved AS (
            UPDATE {table} t SET {column} = {_encoded(reference, "j._new")}{dated}
              FROM judged j WHERE {same_row} AND j._reason IS NULL{condition})
        {_JOURNAL}
        SELECT _merge, _by, CASE WHEN _reason IS NULL THEN 'moved' ELSE 'kept' END,
               {text(reference.table.name)}, {text(reference.column)},
               _row, NULL, _old, _new, NULL, NULL, _reason
          FROM judged"""


def judge_return(reference: Reference) -> str:
    """Common table expressions ending in `judged`: what an undo meets at this place.

    `_reason` is empty where the row can go back.
    """
    table, column = quoted(reference.table.name), quoted(reference.column)
    key = quoted(row_key(reference.table, reference.column))
    relation = reference.table.key != "id"
    here = f" AND t.{column} = j.new_id" if relation else ""
    first = [
        ("v._key IS NULL", "gone"),
        (
            f"v._current IS DISTINCT FROM {_encoded(reference, 'v._now')}",
            "moved",
        ),
    ]
    if reference.model_is:
        first[1] = (f"{first[1][0]} OR NOT coalesce(v._model, false)", "moved")
    return f"""
        WITH future AS (
            SELECT {_other_columns(reference)},
                   {_encoded(reference, "j.old_id")} AS {column},
                   t.{key} AS _key, t.{column} AS _current,
                   {reference.model_is or "true"} AS _model, j.row_id AS _row,
                   j.old_id AS _old, j.new_id AS _now, j.id AS _journal
              FROM crm_merge_move j JOIN crm_merge_back b
                ON b.merge_source_id = j.source_id AND b.merge_id = j.merge_id
              LEFT JOIN {table} t ON t.{key} = j.row_id{here}
             WHERE j.kind = 'moved' AND j.outcome IS NULL
               AND j.table_name = {text(reference.table.name)}
               AND j.column_name = {text(reference.column)}),
        keyed AS (SELECT v.*{_key_columns(reference)} FROM future v),
        judged AS MATERIALIZED (
            SELECT v._row, v._old, v._now, v._journal, v._current::text AS _current,
                   {_reason(reference, first)} AS _reason FROM keyed v)"""


def bring_back(reference: Reference) -> str:
    """Statement that undoes `move` for the merges in `crm_merge_back`."""
    table, column = quoted(reference.table.name), quoted(reference.column)
    key = quoted(row_key(reference.table, reference.column))
    return f"""
        {judge_return(reference)},
        returned AS (
            UPDATE {table} t
               SET {column} = {_encoded(reference, "j._old")}{_dated(reference.table)}
              FROM judged j
             WHERE t.{key} = j._row AND j._reason IS NULL
               AND t.{column} = {_encoded(reference, "j._now")})
        UPDATE crm_merge_move k SET outcome = coalesce(j._reason, 'back')
          FROM judged j WHERE k.id = j._journal"""


def keyed_by_row(reference: Reference) -> bool:
    """Whether rows of the table can be told apart, so that they can be brought back."""
    return bool(row_key(reference.table, reference.column))


# ---------------------------------------------------------------------- judging


def _other_columns(reference: Reference) -> str:
    names = [quoted(n) for n in reference.table.columns if n != reference.column]
    return ", ".join(f"t.{name}" for name in names) or "NULL AS _none"


def _encoded(reference: Reference, value: str) -> str:
    if reference.kind != "text":
        return value
    return f"({text(reference.prefix)} || {value})"


def _dated(table: Table) -> str:
    return ", write_date = (now() AT TIME ZONE 'UTC')" if table.dated else ""


def _key_columns(reference: Reference) -> str:
    """The unique keys as they would be, as columns `_u<index>_<part>`."""
    return "".join(
        f", ({key}) AS _u{place}_{part}"
        for place, unique in enumerate(guards(reference)[0])
        for part, key in enumerate(unique.keys)
    )


def _reason(reference: Reference, first) -> str:
    """CASE that names what keeps a row where it is; NULL when nothing does."""
    uniques, checks = guards(reference)
    cases = [*first, *reference.holds]
    cases += [(f"NOT ({check})", "check") for check in checks]
    for place, unique in enumerate(uniques):
        cases += [(case, "clash") for case in _clashes(reference, place, unique)]
    if not cases:
        return "NULL::varchar"
    whens = " ".join(f"WHEN {case} THEN {text(reason)}" for case, reason in cases)
    return f"(CASE {whens} END)::varchar"


def _clashes(reference: Reference, place: int, unique: Unique):
    """Conditions that a row would meet another one under this unique key.

    The other is there already, or is a second one that would come at the same time.
    """
    mine = [f"v._u{place}_{part}" for part in range(len(unique.keys))]
    equal = "IS NOT DISTINCT FROM" if unique.nulls_equal else "="
    same = " AND ".join(
        f"({key}) {equal} {own}" for key, own in zip(unique.keys, mine, strict=True)
    )
    where = f" AND ({unique.predicate})" if unique.predicate else ""
    # unaliased columns mean `keyed v`, the only row in reach outside the sub-query
    holds = [f"({unique.predicate})"] if unique.predicate else []
    if not unique.nulls_equal:
        holds += [f"{own} IS NOT NULL" for own in mine]
    applies = " AND ".join(holds) or "true"
    table = quoted(reference.table.name)
    yield f"{applies} AND EXISTS (SELECT FROM {table} WHERE {same}{where})"
    partition = ", ".join([f"({applies})", *mine])
    yield (
        f"{applies} AND row_number() OVER (PARTITION BY {partition} "
        f"ORDER BY v._row, v._old) > 1"
    )


# ---------------------------------------------------------------------- in JSON


def _object(column: str) -> str:
    return f"CASE WHEN jsonb_typeof(t.{column}) = 'object' THEN t.{column} END"


def _move_company(reference: Reference) -> str:
    table, column = quoted(reference.table.name), quoted(reference.column)
    return f"""
        WITH hit AS MATERIALIZED (
            SELECT t.id AS _row, kv.key AS _key, m.*
              FROM {table} t CROSS JOIN LATERAL jsonb_each({_object(column)}) kv
              JOIN crm_merge_map m ON kv.value = to_jsonb(m.source_id)),
        moved AS (
            UPDATE {table} t SET {column} = t.{column} || p.patch
              FROM (SELECT _row, jsonb_object_agg(_key, target_id) AS patch
                      FROM hit GROUP BY _row) p
             WHERE p._row = t.id)
        {_JOURNAL}
        SELECT merge_id, merge_source_id, 'json', {text(reference.table.name)},
               {text(reference.column)}, _row, _key, source_id, target_id,
               to_jsonb(source_id), to_jsonb(target_id), NULL
          FROM hit"""


def _move_property(reference: Reference) -> str:
    """Single customers and lists of them inside a JSON object; a list stays a set."""
    table, column = quoted(reference.table.name), quoted(reference.column)
    names = ", ".join(text(name) for name in reference.names)
    return f"""
        WITH held AS (
            SELECT t.id AS _row, kv.key AS _key, kv.value AS _was
              FROM {table} t CROSS JOIN LATERAL jsonb_each({_object(column)}) kv
             WHERE kv.key IN ({names})),
        hit AS MATERIALIZED (
            SELECT h.*, CASE WHEN jsonb_typeof(h._was) = 'number'
                   THEN (SELECT to_jsonb(m.target_id) FROM crm_merge_map m
                          WHERE to_jsonb(m.source_id) = h._was)
                   ELSE (SELECT jsonb_agg(x.value ORDER BY x.place) FROM (
                          SELECT coalesce(to_jsonb(m.target_id), e.value) AS value,
                                 min(e.place) AS place
                            FROM jsonb_array_elements(h._was)
                                 WITH ORDINALITY e (value, place)
                            LEFT JOIN crm_merge_map m
                              ON to_jsonb(m.source_id) = e.value
                           GROUP BY 1) x) END AS _is
              FROM held h
             WHERE jsonb_typeof(h._was) IN ('number', 'array') AND EXISTS (
                   SELECT FROM crm_merge_map m
                    WHERE h._was @> to_jsonb(m.source_id))),
        moved AS (
            UPDATE {table} t SET {column} = t.{column} || p.patch
              FROM (SELECT _row, jsonb_object_agg(_key, _is) AS patch
                      FROM hit GROUP BY _row) p
             WHERE p._row = t.id)
        {_JOURNAL}
        SELECT m.merge_id, m.merge_source_id, 'json', {text(reference.table.name)},
               {text(reference.column)}, h._row, h._key, m.source_id, m.target_id,
               h._was, h._is, NULL
          FROM hit h JOIN crm_merge_map m ON h._was @> to_jsonb(m.source_id)"""


def judge_json_return(reference: Reference) -> str:
    """As `judge_return` for ids inside JSON: the value as it would be unmerged.

    A list goes back to what it was, seen through the merges that remain.
    """
    table, column = quoted(reference.table.name), quoted(reference.column)
    return f"""
        WITH journal AS (
            SELECT j.id AS _journal, j.row_id AS _row, j.key AS _key, j.old_id AS _old,
                   j.old_data AS _was, j.new_data AS _now
              FROM crm_merge_move j JOIN crm_merge_back b
                ON b.merge_source_id = j.source_id AND b.merge_id = j.merge_id
             WHERE j.kind = 'json' AND j.outcome IS NULL
               AND j.table_name = {text(reference.table.name)}
               AND j.column_name = {text(reference.column)}),
        judged AS MATERIALIZED (
            SELECT j.*, (t.{column} -> j._key)::text AS _current,
                   CASE WHEN t.id IS NULL THEN 'gone'
                        WHEN t.{column} -> j._key IS DISTINCT FROM j._now THEN 'edited'
                   END::varchar AS _reason,
                   CASE WHEN jsonb_typeof(j._was) = 'number' THEN j._was
                   ELSE (SELECT jsonb_agg(x.value ORDER BY x.place) FROM (
                          SELECT coalesce(to_jsonb(g.partner_id), e.value) AS value,
                                 min(e.place) AS place
                            FROM jsonb_array_elements(j._was)
                                 WITH ORDINALITY e (value, place)
                            LEFT JOIN crm_merge_source s
                              ON to_jsonb(s.partner_id) = e.value
                             AND s.state = 'merged' AND NOT EXISTS (
                                 SELECT FROM crm_merge_back b
                                  WHERE b.merge_source_id = s.id)
                            LEFT JOIN crm_merge g ON g.id = s.merge_id
                           GROUP BY 1) x) END AS _back
              FROM journal j LEFT JOIN {table} t ON t.id = j._row)"""


def bring_json_back(reference: Reference) -> str:
    """Statement that undoes the move of ids inside JSON."""
    table, column = quoted(reference.table.name), quoted(reference.column)
    return f"""
        {judge_json_return(reference)},
        returned AS (
            UPDATE {table} t SET {column} = t.{column} || p.patch
              FROM (SELECT _row, jsonb_object_agg(_key, _back) AS patch
                      FROM judged WHERE _reason IS NULL GROUP BY _row) p
             WHERE p._row = t.id)
        UPDATE crm_merge_move k
           SET outcome = CASE WHEN k.id = j._journal THEN coalesce(j._reason, 'back')
                         END,
               new_data = CASE WHEN k.id = j._journal OR j._reason IS NOT NULL
                          THEN k.new_data ELSE j._back END
          FROM judged j
         WHERE k.outcome IS NULL AND k.kind = 'json'
           AND k.table_name = {text(reference.table.name)}
           AND k.column_name = {text(reference.column)}
           AND k.row_id = j._row AND k.key = j._key
           AND (k.id = j._journal OR NOT EXISTS (
                SELECT FROM judged o WHERE o._journal = k.id))"""
