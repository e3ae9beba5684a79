"""One SELECT passes; whatever writes, waits, leaves or hides a second does not."""

import doctest
import time

import pytest
from intake import read_only
from intake.read_only import QueryRefused, check_query


def test_examples_in_docstrings_hold():
    assert doctest.testmod(read_only).failed == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "  select id, name from customer where note = 'drop table; --' ;  ",
        "WITH a AS (SELECT 1 AS b) SELECT * FROM a",
        "VALUES (1, 'x')",
        "SELECT $$; DELETE FROM x $$ AS harmless",
        "SELECT $a$ $$ ; $a$ || E'it\\'s ; fine' /* ; /* nested ; */ */",
        'SELECT "updated_at", "select" FROM "a;b"',
        "TABLE customer",
    ],
)
def test_one_select_passes(query):
    assert check_query(query).rstrip().rstrip(";")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "empty"),
        ("-- nothing", "empty"),
        (";", "empty"),
        ("SELECT 1; SELECT 2", "several"),
        ("SELECT 1; DROP TABLE x", "several"),
        ("SELECT 1) TO STDOUT; DROP TABLE x; COPY (SELECT 1", "several"),
        ("SELECT 1) UNION (SELECT 2", "several"),
        ("SELECT (1", "open"),
        ("SELECT 'a", "open"),
        ('SELECT "a', "open"),
        ("SELECT $x$ a", "open"),
        ("SELECT 1 /* /* */", "open"),
        ("SELECT 1\0", "open"),
        ("DELETE FROM x", "barred"),
        ("UPDATE x SET a = 1", "barred"),
        ("WITH d AS (DELETE FROM x RETURNING *) SELECT * FROM d", "barred"),
        ("SELECT * INTO y FROM x", "barred"),
        ("EXPLAIN SELECT 1", "not_select"),
        ("SHOW all", "not_select"),
        ("SELECT pg_sleep(1e9)", "barred"),
        ("SELECT PG_SLEEP_FOR('1 day')", "barred"),
        ('SELECT "pg_sleep"(9)', "barred"),
        ("SELECT pg_catalog . pg_read_file('/etc/passwd')", "barred"),
        ("SELECT lo_import('/etc/passwd')", "barred"),
        ("SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)", "barred"),
        ("SELECT query_to_xml('DELETE FROM x', true, true, '')", "barred"),
        ("SELECT set_config('transaction_read_only', 'off', false)", "barred"),
        ("SELECT pg_advisory_lock(1)", "barred"),
        ("SELECT E'\\'; DROP TABLE x; --'", None),
        ("SELECT 'a\\'; DROP TABLE x; --'", "several"),
        ("SELECT * FROM x FOR UPDATE", "barred"),
    ],
)
def test_anything_else_is_refused(query, code):
    if code is None:
        assert check_query(query)
        return
    with pytest.raises(QueryRefused) as refused:
        check_query(query)
    assert refused.value.code == code


def test_no_query_takes_long():
    for bomb in (
        "(" * 19_999,
        "'" * 19_999,
        "/*" * 9_000,
        "$a" * 9_000,
        "e'\\" * 6_000,
    ):
        began = time.perf_counter()
        with pytest.raises(QueryRefused):
            check_query(bomb)
        assert time.perf_counter() - began < 1.0
    with pytest.raises(QueryRefused):
        check_query("SELECT 1 " * 10_000)
