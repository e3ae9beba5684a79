"""The warehouse's engine without Odoo: dialect, literals, snapshots, faults."""

import doctest
import errno
import os
from decimal import Decimal

import duckdb
import pytest
from engine import (
    CsvSink,
    Limits,
    QueryRefused,
    Store,
    WarehouseDamaged,
    WarehouseFull,
    WarehouseMissing,
    WarehouseOutdated,
    WarehouseTooSmall,
    build_snapshot,
    dialect,
    inline,
    literals,
    to_duckdb,
)
from engine.store import MANIFEST, as_warehouse_error

COLUMNS = {"id": "BIGINT", "date": "DATE", "amount": "DECIMAL(18,4)", "name": "VARCHAR"}
CSV = b"""id,date,amount,name
2,2024-02-29,0.1000,"a%b\\_c"
1,1999-12-31,0.2000,
3,,-0.3000,"say ""hi"", twice"
"""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "warehouse", Limits(threads=1, memory="200MB"))


def build(store, version="v1", csv=CSV):
    with store.building(version) as folder:
        return build_snapshot(
            folder, lambda sink: sink.write(csv), "fact", COLUMNS, store.limits
        )


def ask(store, sql, version="v1"):
    with store.answering(version) as cursor:
        return cursor.execute(to_duckdb(sql).sql).fetchall()


@pytest.mark.parametrize("module", [dialect, literals])
def test_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_decimals_are_exact_and_rows_are_sorted(store):
    assert build(store) == (3, Decimal("0.0000"))
    assert ask(store, "SELECT id FROM fact") == [(1,), (2,), (3,)]
    assert ask(store, "SELECT SUM(amount) FROM fact") == [(Decimal("0.0000"),)]


def test_wildcards_are_escaped_as_postgresql_does(store):
    build(store)
    found = ask(store, r"SELECT id FROM fact WHERE name ILIKE '%\%B\\\_%'")
    assert found == [(2,)]


def test_nulls_are_ordered_as_postgresql_does(store):
    build(store)
    assert ask(store, "SELECT id FROM fact ORDER BY date DESC") == [(3,), (2,), (1,)]


def test_date_parts_are_doubles_and_dates_stay_dates(store):
    build(store)
    [(part, month)] = ask(
        store,
        "SELECT date_part('dow', date), date_trunc('month', date::timestamp)::date "
        "FROM fact WHERE id = 2",
    )
    assert (part, type(part), month.isoformat()) == (4.0, float, "2024-02-01")


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE fact",
        "SELECT 1; DROP TABLE fact",
        "COPY fact TO '/tmp/x'",
        "SELECT (((",
        "ATTACH 'x'",
        "SELECT " + "(" * 20000 + "1" + ")" * 20000,
    ],
)
def test_anything_but_a_select_is_refused(sql):
    with pytest.raises(QueryRefused):
        to_duckdb(sql)


def test_a_snapshot_reaches_no_other_file(store):
    build(store)
    with store.answering("v1") as cursor:
        for file in ("read_csv('/etc/passwd')", "'/etc/group'"):
            with pytest.raises(duckdb.Error):
                cursor.execute(f"SELECT * FROM {file}")
        with pytest.raises(duckdb.Error):
            cursor.execute("INSERT INTO fact (id) VALUES (9)")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a\x00", "\ud800", b"x"])
def test_values_that_sql_cannot_hold_are_refused(value):
    with pytest.raises(QueryRefused):
        inline("%s", [value])


def test_long_lists_of_ids_travel_as_tables():
    text, lists = inline("a IN %s", [tuple(range(1000))])
    assert text == 'a IN (SELECT id FROM "__ids_0")'
    assert lists["__ids_0"] == tuple(range(1000))


def test_a_failed_build_leaves_no_trace(store):
    with pytest.raises(RuntimeError), store.building("v1"):
        raise RuntimeError
    assert list(store.root.iterdir()) == []


def test_a_full_disk_is_told_apart(store, tmp_path):
    sink = CsvSink("/dev/full")
    assert sink.write(b"x" * (1 << 22)) == 1 << 22, "the copy goes on to its end"
    with pytest.raises(WarehouseFull):
        sink.close()
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(WarehouseFull), store.building("v1"):
        raise error
    error = duckdb.IOException("Could not write file: No space left on device")
    assert isinstance(as_warehouse_error(error), WarehouseFull)


def test_too_little_memory_is_told_apart(store):
    rows = b"".join(b"%d,2024-01-01,1,name%d\n" % (n, n) for n in range(200_000))
    build(store, csv=b"id,date,amount,name\n" + rows)
    small = Store(store.root, Limits(threads=1, memory="4MB"))
    with pytest.raises(WarehouseTooSmall):
        ask(
            small, "SELECT a.name, COUNT(*) FROM fact a GROUP BY a.name ORDER BY a.name"
        )
    assert isinstance(as_warehouse_error(MemoryError()), WarehouseTooSmall)


def test_rows_that_do_not_fit_the_columns_stop_the_build(store):
    with pytest.raises(Exception, match="."):
        build(store, csv=b"id,date,amount,name\nx,2024-01-01,1,a\n")
    assert store.versions() == []


def test_missing_damaged_and_outdated_are_three_things(store):
    with pytest.raises(WarehouseMissing):
        ask(store, "SELECT 1")
    build(store)
    file = store.root / "v1" / "warehouse.duckdb"
    os.truncate(file, 100)
    with pytest.raises(WarehouseDamaged):
        ask(store, "SELECT 1")
    manifest = file.with_name(MANIFEST)
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(WarehouseOutdated):
        ask(store, "SELECT 1")
    manifest.write_text("[]")
    with pytest.raises(WarehouseDamaged):
        ask(store, "SELECT 1")


@pytest.mark.parametrize("version", ["", "../x", "a/b", ".hidden", "x" * 100])
def test_a_version_is_a_plain_name(store, version):
    with pytest.raises(WarehouseMissing):
        store.cursor(version)


def test_readers_survive_the_removal_of_their_snapshot(store):
    build(store)
    build(store, "v2")
    with store.answering("v1") as cursor:
        store.clean("v2", keep=1)
        assert store.versions() == ["v2"]
        assert cursor.execute("SELECT COUNT(*) FROM fact").fetchone() == (3,)


def test_the_current_snapshot_is_never_cleaned(store):
    for version in ("v1", "v2", "v3"):
        build(store, version)
    store.clean("v1", keep=1)
    assert store.versions() == ["v1", "v3"]
