"""Files as they come: every trick ends in a clear problem or in the right rows."""

import codecs
import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from intake.layout import Layout, Limits
from intake.mapping import Column, Forms, KeyMaker, Mapper
from intake.problems import FileProblem
from intake.reading import Row, Table
from intake.sniff import guess_layout


def rows(data, limits=None, **layout):
    table = Table(io.BytesIO(data), Layout(**layout), limits)
    return [list(row.cells) for row in table]


def refused(data, limits=None, **layout):
    with pytest.raises(FileProblem) as caught:
        rows(data, limits, **layout)
    return caught.value


def workbook(*lines, sheet="Data"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repack(data, **parts):
    """Replace or add parts of a workbook, by the end of their name."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.pop(stem, old.read(name)))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_utf8_is_read_with_and_without_its_mark(mark):
    assert rows(mark + "a;b\nŽ;ó\n".encode(), delimiter=";") == [["Ž", "ó"]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_read(encoding):
    data = "a,b\nŽ,ó\n".encode(encoding)
    assert rows(data, encoding="utf-16") == [["Ž", "ó"]]


def test_the_encoding_of_the_mapping_is_obeyed():
    assert rows("a,b\nŘ,ů\n".encode("cp1250"), encoding="cp1250") == [["Ř", "ů"]]


@pytest.mark.parametrize(
    ("data", "layout", "code"),
    [
        (b"", {}, "empty"),
        (b" \n\n", {}, "empty"),
        (b"a,b\n", {}, "no_rows"),
        (b"a,b\n\n , \n", {}, "no_rows"),
        ("a,b\nŘ,ů\n".encode("cp1250"), {}, "encoding_unknown"),
        ("a,b\n1,2\n".encode("utf-16"), {"encoding": "cp1250"}, "encoding_differs"),
        ("a,b\n1,2\n".encode("utf-16-le"), {"encoding": "utf-8"}, "encoding_differs"),
        (b"a,b\n1,2\n", {"encoding": "utf-16"}, "encoding_differs"),
        (b"a,b\n1,\x00\x012\n" * 3, {}, "binary"),
        (b"a,b\n1,\x002\n" * 30, {}, "binary"),
        (b'a,b\n1,2\n3,"4\n5,6\n', {}, "quote_open"),
        (b"PK\x03\x04rest", {}, "is_xlsx"),
        (b"\xd0\xcf\x11\xe0" * 10, {"kind": "xlsx"}, "is_xls"),
        (b"a,b\n1,2\n", {"kind": "xlsx"}, "not_xlsx"),
        (b"PK\x03\x04" + b"x" * 50, {"kind": "xlsx"}, "not_xlsx"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data, layout, code):
    assert refused(data, **layout).code == code


def test_utf7_is_not_decoded():
    """+ADw- would be < in UTF-7."""
    assert rows(b"a\n+ADw-script+AD4-\n") == [["+ADw-script+AD4-"]]


def test_a_line_break_in_quotes_stays_in_its_cell():
    assert rows(b'a,b\r\n"x\r\ny",2\r\n') == [["x\r\ny", "2"]]


def test_rows_are_numbered_as_in_a_spreadsheet():
    data = b'skip\na,b\n"x\ny",2\n\n3,4\n'
    table = Table(io.BytesIO(data), Layout(skip_rows=1))
    assert [row.number for row in table] == [3, 5]
    assert table.share() == 1.0


def test_a_huge_cell_is_refused_with_its_row():
    data = b"a,b\n1,2\n3," + b"x" * (10 * 2**20) + b"\n"
    problem = refused(data)
    assert (problem.code, problem.details["row"]) == ("record_huge", 3)


def test_a_quote_never_closed_does_not_swallow_the_file():
    problem = refused(b'a,b\n1,"2\n' + b"3,4\n" * 500_000)
    assert (problem.code, problem.details["row"]) == ("record_huge", 2)


def test_a_file_over_the_limit_is_not_opened():
    problem = refused(b"a\n" * 100, Limits(file_bytes=100))
    assert problem.code == "file_huge"


def test_fixed_columns_are_cut_by_place():
    layout = {"kind": "fixed", "has_header": False, "slices": ((1, 5), (7, 8))}
    assert rows(b"00001 19970101\n00002 1997\n", **layout) == [
        ["00001", "19970101"],
        ["00002", "1997"],
    ]


def test_columns_between_blanks_are_read():
    data = b" 00001 19970101  1   11.77\n"
    assert rows(data, kind="blank", has_header=False) == [
        ["00001", "19970101", "1", "11.77"]
    ]


def test_a_workbook_is_read_with_its_types():
    data = workbook(["k", "d"], [1, date(2024, 1, 2)], [None, None], ["2", 1.5])
    table = Table(io.BytesIO(data), Layout(kind="xlsx"))
    assert [row.number for row in table] == [2, 4]


def test_the_sheet_is_found_by_name():
    data = workbook(["a"], [1], sheet="Tržby")
    assert rows(data, kind="xlsx", sheet="tržby") == [[1]]
    problem = refused(data, kind="xlsx", sheet="x")
    assert (problem.code, problem.details["found"]) == ("sheet_missing", "Tržby")


def test_a_zip_bomb_is_refused_before_it_unpacks():
    data = repack(workbook(["a"], [1]), **{"xl/bomb.xml": b" " * (60 * 2**20)})
    assert len(data) < 2**20
    assert refused(data, kind="xlsx").code == "bomb"


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="utf-7"?>',
        b" " * (2**20 - 4) + b"<!DOCTYPE x>",
    ],
    ids=["entity", "external", "utf16", "utf7", "across-chunks"],
)
def test_xml_that_reaches_out_is_refused(prolog):
    data = repack(workbook(["a"], [1]), sheet1=prolog + b"<worksheet/>")
    assert refused(data, kind="xlsx").code == "unsafe_xml"


def test_a_name_that_climbs_out_of_the_package_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = repack(workbook(["a"], [1]), **{"../../evil.xml": b"<a/>"})
    assert rows(data, kind="xlsx") == [[1]]
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_broken_sheet_is_a_problem_not_a_crash():
    data = repack(workbook(["a"], [1]), sheet1=b"<worksheet><sheetData><row>")
    assert refused(data, kind="xlsx").code in ("xlsx_broken", "empty", "not_xlsx")


def map_one(cells, *columns, header=None, **forms):
    return Mapper(list(columns), Forms(**forms), header).map(Row(5, cells))


def test_every_bad_cell_of_a_row_is_named():
    found = map_one(
        ["", "31/02/2024", "12,5"],
        Column("customer_key", "1", required=True),
        Column("date", "2"),
        Column("amount", "3"),
        date_form="DD/MM/YYYY",
    )
    assert [(p.row, p.column, p.value, p.code) for p in found.problems] == [
        (5, "1", "", "required"),
        (5, "2", "31/02/2024", "date_impossible"),
        (5, "3", "12,5", "number"),
    ]


def test_translations_defaults_and_lookups_meet():
    column = Column(
        "branch",
        "1",
        default="Web",
        translations={"p": "PRG"},
        lookup={"prg": 7, "web": 8},
    )
    assert map_one(["P"], column).values == {"branch": 7}
    assert map_one([""], column).values == {"branch": 8}
    assert map_one(["X"], column).problems[0].code == "unknown_branch"


def test_the_wrong_delimiter_names_the_column_and_what_was_found():
    with pytest.raises(FileProblem) as caught:
        Mapper([Column("name", "Name")], Forms(), ["Id;Name"])
    assert caught.value.details == {"column": "Name", "found": "Id;Name"}


def test_a_delimiter_inside_a_text_without_quotes_is_reported():
    found = map_one(["1", "Brno", "Střed"], Column("city", "2"), header=["id", "city"])
    assert [p.code for p in found.problems] == ["cells_many"]


def test_negative_and_huge_amounts_follow_the_mapping():
    column = Column("amount", "1")
    assert map_one(["-1"], column).values == {"amount": Decimal(-1)}
    assert map_one(["-1"], column, allow_negative=False).problems[0].code == "negative"
    found = map_one(["1001"], column, amount_limit=Decimal(1000))
    assert found.problems[0].code == "number_huge"


def test_the_key_ignores_how_a_number_is_written():
    first = KeyMaker(["amount"]).make({"amount": Decimal("29.330")})
    assert first == KeyMaker(["amount"]).make({"amount": Decimal("29.33")})


def test_a_guess_looks_at_delimiter_encoding_and_header():
    guess = guess_layout("číslo;jméno\n1;Řehoř\n2;Jiří\n".encode("cp1250"))
    assert guess == ("csv", "cp1250", ";", ["číslo", "jméno"])
    assert guess_layout(b" 00001 19970101  1   11.77\n" * 3).kind == "blank"
    assert guess_layout(workbook(["a"])).kind == "xlsx"


def test_a_nul_in_a_cell_spoils_its_row_and_not_the_file():
    assert rows(b"a,b\n1,\x002\n3,4\n") == [["1", "\x002"], ["3", "4"]]


def test_quotes_that_are_closed_or_mere_inches_are_no_open_ones():
    text = b'a,b\n1,"two\nlines"\n2,5"\n"3\n3",7" or 8" or 9"\n4,"x""y"\n'
    assert len(rows(text)) == 4
