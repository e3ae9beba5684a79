"""PostgreSQL's SQL, as Odoo's ORM writes it, becomes DuckDB's.

sqlglot knows most of the differences (NULLS order, casts, intervals). Added here by
hand is what the two engines spell alike but answer differently.
"""

from functools import lru_cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .errors import QueryRefused

# The ORM folds accents by this function where the database has the extension.
RENAMED = {"unaccent": "strip_accents"}
BACKSLASH = exp.Literal.string("\\")


class Translated(NamedTuple):
    """A query for DuckDB, and the columns that it reads of each table or alias."""

    sql: str
    columns: dict[str, list[str]]


@lru_cache(maxsize=256)
def to_duckdb(sql: str) -> Translated:
    """One SELECT of PostgreSQL, literals inlined, as DuckDB's.

    >>> to_duckdb("SELECT t.a FROM t WHERE t.a LIKE 'x%' ORDER BY t.b DESC").sql
    "SELECT t.a FROM t WHERE t.a LIKE 'x%' ESCAPE '\\\\' ORDER BY t.b DESC NULLS FIRST"
    >>> to_duckdb('SELECT t.b FROM t JOIN u ON t.x = u.y').columns
    {'t': ['b', 'x'], 'u': ['y']}

    :raises QueryRefused: for anything but one SELECT, or what sqlglot cannot read
    """
    try:
        statements = sqlglot.parse(sql, read="postgres")
        if len(statements) != 1 or not isinstance(statements[0], exp.Select):
            raise QueryRefused("only one SELECT is answered")
        tree = statements[0]
        columns: dict[str, set[str]] = {}
        for column in tree.find_all(exp.Column):
            columns.setdefault(column.table, set()).add(column.name)
        _adapt(tree)
        text = tree.sql(dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise QueryRefused(type(error).__name__) from error
    return Translated(text, {name: sorted(columns[name]) for name in sorted(columns)})


def _adapt(tree: exp.Expression) -> None:
    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.lower() in RENAMED:
            call.set("this", RENAMED[call.name.lower()])
    for part in list(tree.find_all(exp.Extract)):
        # PostgreSQL's date parts are doubles
        part.replace(exp.cast(part.copy(), "double"))
    for match in list(tree.find_all(exp.Like, exp.ILike)):
        if not isinstance(match.parent, exp.Escape):
            # PostgreSQL escapes by a backslash unless told otherwise, DuckDB by nothing
            match.replace(exp.Escape(this=match.copy(), expression=BACKSLASH.copy()))
