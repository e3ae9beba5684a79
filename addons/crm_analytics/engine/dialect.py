"""PostgreSQL's SQL, as Odoo's ORM writes it, becomes DuckDB's.

sqlglot knows most of the differences (NULLS order, casts, intervals). Added here by hand is
what the two engines spell alike but answer differently.
"""

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .errors import QueryRefused

# The ORM folds accents by this function where the database has the extension.
RENAMED = {"unaccent": "strip_accents"}
BACKSLASH = exp.Literal.string("\\")


@lru_cache(maxsize=256)
def to_duckdb(sql: str) -> str:
    """One SELECT of PostgreSQL, literals inlined, as DuckDB's.

    >>> to_duckdb("SELECT a FROM t WHERE a ILIKE '%x' ORDER BY a DESC")
    "SELECT a FROM t WHERE a ILIKE '%x' ESCAPE '\\\\' ORDER BY a DESC NULLS FIRST"

    :raises QueryRefused: for anything but one SELECT, or what sqlglot cannot read
    """
    try:
        statements = sqlglot.parse(sql, read="postgres")
        if len(statements) != 1 or not isinstance(statements[0], exp.Select):
            raise QueryRefused("only one SELECT is answered")
        _adapt(statements[0])
        return statements[0].sql(dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise QueryRefused(type(error).__name__) from error


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


def columns_of(sql: str, alias: str) -> list[str]:
    """Names of the columns that a query reads from one of its tables, sorted.

    >>> columns_of('SELECT t.b FROM t JOIN u ON t.x = u.y', 't')
    ['b', 'x']
    """
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except (SqlglotError, RecursionError) as error:
        raise QueryRefused(type(error).__name__) from error
    return sorted({c.name for c in tree.find_all(exp.Column) if c.table == alias})
