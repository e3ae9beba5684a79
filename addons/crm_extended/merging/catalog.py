"""What PostgreSQL knows of references to a table: foreign keys, unique keys, checks."""

import re

from .reference import Table, Unique

_FOREIGN_KEYS = """
SELECT r.relname, a.attname
  FROM pg_constraint c
  JOIN pg_class r ON r.oid = c.conrelid AND r.relkind IN ('r', 'p')
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
 WHERE c.contype = 'f' AND cardinality(c.conkey) = 1
   AND c.confrelid = to_regclass(quote_ident(%(table)s))
   AND r.relnamespace = current_schema::regnamespace
 ORDER BY 1, 2
"""
_TABLES = """
SELECT r.relname,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
       (SELECT array_agg(a.attname::text ORDER BY a.attnum)
          FROM pg_index i JOIN pg_attribute a
            ON a.attrelid = r.oid AND a.attnum = ANY(i.indkey::int2[])
         WHERE i.indrelid = r.oid AND i.indisprimary)
  FROM pg_class r
 WHERE r.relname = ANY(%(tables)s) AND r.relkind IN ('r', 'p')
   AND r.relnamespace = current_schema::regnamespace
"""
_UNIQUES = """
SELECT r.relname, i.indnullsnotdistinct,
       coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
       (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k)
          FROM generate_series(1, i.indnkeyatts) k)
  FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
 WHERE i.indisunique AND i.indisvalid AND r.relname = ANY(%(tables)s)
   AND r.relnamespace = current_schema::regnamespace
 ORDER BY i.indexrelid
"""
_CHECKS = """
SELECT r.relname, pg_get_expr(c.conbin, c.conrelid)
  FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
 WHERE c.contype = 'c' AND r.relname = ANY(%(tables)s)
   AND r.relnamespace = current_schema::regnamespace
 ORDER BY c.oid
"""


def foreign_keys(cr, table: str) -> list[tuple[str, str]]:
    """(table, column) of every foreign key of one column to `table`."""
    cr.execute(_FOREIGN_KEYS, {"table": table})
    return cr.fetchall()


def tables(cr, names) -> dict[str, Table]:
    """The ordinary tables of these names; what is a view or missing is left out."""
    names = {"tables": sorted(names)}
    cr.execute(_UNIQUES, names)
    uniques = {}
    for name, nulls_equal, predicate, keys in cr.fetchall():
        uniques.setdefault(name, []).append(
            Unique(tuple(keys), predicate, bool(nulls_equal))
        )
    cr.execute(_CHECKS, names)
    checks = {}
    for name, expression in cr.fetchall():
        checks.setdefault(name, []).append(expression)
    cr.execute(_TABLES, names)
    return {
        name: Table(
            name,
            tuple(columns),
            "id" if "id" in columns else ",".join(primary or ()),
            tuple(uniques.get(name, ())),
            tuple(checks.get(name, ())),
        )
        for name, columns, primary in cr.fetchall()
    }


def row_key(table: Table, column: str) -> str:
    """The column that tells rows of a relation apart beside `column`, or nothing."""
    if table.key == "id":
        return "id"
    others = [name for name in table.key.split(",") if name and name != column]
    return others[0] if len(others) == 1 else ""


def mentions(expression: str, column: str) -> bool:
    """Whether an SQL expression reads this column.

    >>> mentions("COALESCE(partner_id, 0)", "partner_id")
    True
    >>> mentions("(left_partner_id <> 0)", "partner_id")
    False
    """
    return bool(re.search(rf"(?<![\w.]){re.escape(column)}(?!\w)", expression))
