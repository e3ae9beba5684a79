"""Rows into PostgreSQL by the million: COPY, and copies of a row that Odoo made."""

import io
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyarrow
import pyarrow.csv


def copy_columns(cursor, table: str, batches: Iterable[dict]) -> int:
    """COPY batches of named numpy columns into `table`; returns the rows written."""
    total = 0
    for batch in batches:
        text = io.BytesIO()
        rows = pyarrow.table(batch)
        options = pyarrow.csv.WriteOptions(include_header=False)
        pyarrow.csv.write_csv(rows, text, options)
        text.seek(0)
        names = ", ".join(f'"{name}"' for name in batch)
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv)', text)
        total += rows.num_rows
    return total


def columns_of(cursor, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
        "AND table_schema = 'public' AND is_generated = 'NEVER' "
        "ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def clone_row(
    cursor, table: str, pattern: int, changes: dict[str, str], rows: str
) -> int:
    """Insert one copy of the row `pattern` for each of `rows`, with `changes`.

    The pattern was made by Odoo, so every column that its code fills is filled alike,
    whatever addons are installed. Changes to columns that the table has not are
    skipped.

    :param changes: SQL by column; may refer to the aliases of `rows` and to `pattern`
    :param rows: what follows FROM
    """
    names = columns_of(cursor, table)
    terms = [changes.get(name, f'pattern."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    cursor.execute(
        f'INSERT INTO "{table}" ({quoted}) SELECT {", ".join(terms)} '
        f'FROM (SELECT * FROM "{table}" WHERE id = {int(pattern)}) pattern, {rows}'
    )
    return cursor.rowcount


def pick(names: list[str], number: str) -> str:
    """SQL for one of the names, chosen by a number expression."""
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"(ARRAY[{quoted}])[1 + mod({number}, {len(names)})::int]"


def next_id(cursor, table: str) -> int:
    """The first id that is free for a block of new rows."""
    cursor.execute(f'SELECT COALESCE(MAX(id), 0) + 1 FROM "{table}"')
    return cursor.fetchone()[0]


def fix_sequence(cursor, table: str) -> None:
    """Let Odoo go on after the rows that were given their ids."""
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) "
        f'FROM "{table}"'
    )


@contextmanager
def unwatched(cursor, tables: Iterable[str]) -> Iterator[None]:
    """Load without plain indexes, and without foreign keys where we may.

    Indexes are made anew at the end: twenty million rows into fifteen indexes one by
    one take hours. Foreign keys are checked by triggers, which only a superuser can
    silence.
    """
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename = ANY(%s) "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    [(superuser,)] = cursor.fetchall()
    if superuser:
        cursor.execute("SET session_replication_role = replica")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for name, __ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for __, definition in indexes:
        cursor.execute(definition)
    cursor.execute("RESET maintenance_work_mem")
    if superuser:
        cursor.execute("RESET session_replication_role")


class Steps:
    """Says what is being done and how long it took."""

    def __init__(self, say=print) -> None:
        self._say = say

    @contextmanager
    def __call__(self, title: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._say(f"  {title}: {time.perf_counter() - started:.1f} s", flush=True)
