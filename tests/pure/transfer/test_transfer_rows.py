"""Rows of files: what goes out comes back the same, and nothing is run."""

import csv
import doctest
import io

import pytest
from exchange.entity import Entity, Field
from transfer import cells, names, rows, written
from transfer.problems import TransferProblem

CUSTOMER = Entity(
    name="customer",
    version="1.0",
    model="res.partner",
    fields=(
        Field("name", writable=True),
        Field("active", "boolean", writable=True),
        Field("employees", "integer", writable=True),
        Field("revenue", "decimal", writable=True),
        Field("parent", "reference", column="parent_id", writable=True),
        Field("created_at", "datetime", column="create_date"),
    ),
)
TEXTS = ["=1+1", "'=1+1", "''@x", "+420 777", "-1", "@SUM(A1)", "\tx", "a;b", 'a"b']
TEXTS += ["two\nlines", "žluťoučký", "'s-Hertogenbosch", "０", "\uff1dcmd", "-5e3", "'"]


@pytest.mark.parametrize("module", [cells, names, rows, written])
def test_examples_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_went(text):
    item = {"op": "upsert", "id": 7, "rev": "a1", "data": {"name": text}}
    header = rows.columns(["name"])
    raw = io.BytesIO()
    out = written.RowsFile(raw, "csv", header, 1 << 20, delimiter=";")
    out.write_cells(rows.to_cells(item, ["name"], "ERP"))
    stream = io.StringIO(raw.getvalue().decode(), newline="")
    [head, line] = csv.reader(stream, delimiter=";")
    pushed = rows.from_cells(head, line, 2, CUSTOMER, "ERP")
    assert pushed["set"]["name"] == text
    assert pushed["key"] == {"id": 7} and pushed["base_rev"] == "a1"


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_a_formula(text):
    shown = cells.cell(text)
    assert not shown.startswith(("=", "+", "@", "\t", "\r", "\uff1d"))
    assert not shown.startswith("-") or shown.lstrip("-").isdigit()


def test_values_have_their_kind_again():
    header = ["key.id", "active", "employees", "revenue", "parent"]
    row = ["C-1", "false", "12", "-3.50", "9"]
    pushed = rows.from_cells(header, row, 2, CUSTOMER, "ERP")
    assert pushed["key"] == {"source": "ERP", "id": "C-1"}
    assert pushed["set"] == {"active": False, "employees": 12, "revenue": "-3.50"}
    assert pushed["refs"] == {"parent": {"id": 9}}


def test_references_by_key_and_keys_by_source_and_id():
    header = ["source", "id", "parent.source", "parent.id"]
    pushed = rows.from_cells(header, ["ERP", "7", "", "P-1"], 2, CUSTOMER, "ERP")
    assert pushed["key"] == {"source": "ERP", "id": "7"}
    assert pushed["refs"] == {"parent": {"source": "ERP", "id": "P-1"}}


def test_an_empty_cell_leaves_the_field_alone_unless_it_shall_clear():
    header = ["key.id", "name", "parent"]
    left = rows.from_cells(header, ["C-1", "", ""], 2, CUSTOMER, "ERP")
    assert left["set"] == {} and "unset" not in left
    cleared = rows.from_cells(header, ["C-1", "", ""], 2, CUSTOMER, "ERP", clear=True)
    assert cleared["unset"] == ["name", "parent"]


def test_a_misspelt_column_is_found():
    header = ["key.id", "name", "emial", "parent.id"]
    assert rows.unknown_columns(header, CUSTOMER) == ["emial"]


def test_an_exported_line_can_be_pushed_back():
    item = {"op": "upsert", "entity": "customer", "id": 7, "rev": "a", "seq": "1"}
    data = {"name": "A", "created_at": "2026-01-01T00:00:00Z"}
    pushed = rows.from_object({**item, "data": data}, 3, CUSTOMER)
    assert pushed == {
        "op": "upsert",
        "entity": "customer",
        "row_id": "3",
        "key": {"id": 7},
        "base_rev": "a",
        "set": {"name": "A"},
    }


@pytest.mark.parametrize(
    "path", ["../x", "/etc", "a/../b", "a/..", "~/x", "a\\b", "C:\\x", ".ssh", "a\0b"]
)
def test_no_path_leads_out(path):
    with pytest.raises(TransferProblem) as caught:
        names.folder_parts(path)
    assert caught.value.code == "path_bad"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".x", "a/b", "a\nb", "a\u202ecsv.exe", "x" * 201, " a", "\ud800"],
)
def test_no_name_is_a_trick(name):
    with pytest.raises(TransferProblem):
        names.check_name(name)


def test_files_being_written_and_our_own_are_not_taken():
    left = [".a.csv", "a.csv.part", "a.csv.tmp", "a.csv~", "a.csv.filepart"]
    left += ["a.result.csv", "a.csv.sha256", "b.txt"]
    assert [n for n in [*left, "a.csv", "A.CSV"] if names.is_wanted(n, "*.csv")] == [
        "a.csv",
        "A.CSV",
    ]


@pytest.mark.parametrize("pattern", ["{0.__class__}", "{x}", "{}", "{entity!r}"])
def test_a_pattern_has_its_places_and_no_others(pattern):
    with pytest.raises(TransferProblem) as caught:
        names.file_name(pattern, {"entity": "customer"})
    assert caught.value.code == "pattern_place"


def test_a_character_without_code_is_counted_not_hidden():
    raw = io.BytesIO()
    out = written.RowsFile(raw, "csv", ["name"], 1000, encoding="cp1250")
    out.write_cells(["Dvořák 李"])
    assert out.lost == 1
    assert raw.getvalue().decode("cp1250").splitlines()[1] == "Dvořák ?"


def test_a_file_ends_before_it_fills_the_disk():
    out = written.RowsFile(io.BytesIO(), "jsonl", [], 100)
    with pytest.raises(TransferProblem) as caught:
        for _number in range(100):
            out.write_object({"name": "x" * 20})
    assert caught.value.code == "too_large"
