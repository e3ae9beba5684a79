"""Rows of an Excel workbook (.xlsx), opened after a look at what is packed in it."""

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import openpyxl

from .layout import Layout, Limits
from .problems import FileProblem

_OLE = b"\xd0\xcf\x11\xe0"  # the container of .xls and of encrypted .xlsx
_CHUNK = 2**20
_ENCODING = re.compile(rb"""^[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_PLAIN_ENCODINGS = {b"utf-8", b"utf-16", b"us-ascii"}
_SMALL = 10 * 2**20  # below this no ratio is suspicious


def check_package(stream: BinaryIO, limits: Limits) -> None:
    """Refuse what is no workbook, a zip bomb, or XML that declares entities or a DTD.

    Sizes are counted while unpacking: what the archive says of itself is not believed.

    :raises FileProblem: is_xls, not_xlsx, bomb, unsafe_xml
    """
    head = stream.read(4)
    if head == _OLE:
        raise FileProblem("is_xls")
    stream.seek(0, 2)
    packed = stream.tell()
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as package:
            _check_parts(package, packed, limits)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise FileProblem("not_xlsx") from None
    stream.seek(0)


def _check_parts(package: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    names = package.namelist()
    if "[Content_Types].xml" not in names or len(names) > limits.columns:
        raise FileProblem("not_xlsx")
    allowed = max(_SMALL, min(limits.unpacked_bytes, packed * limits.unpack_ratio))
    total = 0
    for name in names:
        is_xml = name.endswith((".xml", ".rels", ".vml"))
        tail = b""
        with package.open(name) as part:
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > allowed:
                    raise FileProblem("bomb", megabytes=allowed // 2**20)
                if is_xml:
                    if not tail:
                        _check_declared_encoding(chunk)
                    tail = _check_xml(tail + chunk)


def _check_declared_encoding(start: bytes) -> None:
    found = _ENCODING.match(start.replace(b"\0", b""))
    if found and found[1].lower() not in _PLAIN_ENCODINGS:
        raise FileProblem("unsafe_xml")


def _check_xml(data: bytes) -> bytes:
    plain = data.replace(b"\0", b"")  # UTF-16 hides the same letters between NULs
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise FileProblem("unsafe_xml")
    return data[-32:]


class SheetRows:
    """The rows of one sheet, one at a time; cells are text, numbers, dates or None."""

    def __init__(self, stream: BinaryIO, layout: Layout, limits: Limits):
        check_package(stream, limits)
        self.number = 0
        self._limits = limits
        try:
            self._book = openpyxl.load_workbook(
                stream, read_only=True, data_only=True, keep_links=False
            )
        except Exception:
            # openpyxl lets through whatever its parsers raise on a broken part
            raise FileProblem("not_xlsx") from None
        self._sheet = self._find_sheet(layout.sheet)
        self.total = self._sheet.max_row or 0
        self._sheet.reset_dimensions()  # they are the writer's claim, often wrong

    def _find_sheet(self, name: str):
        if not self._book.worksheets:
            raise FileProblem("not_xlsx")
        if not name:
            return self._book.worksheets[0]
        for sheet in self._book.worksheets:
            if sheet.title.strip().casefold() == name.strip().casefold():
                return sheet
        titles = ", ".join(sheet.title for sheet in self._book.worksheets)
        raise FileProblem("sheet_missing", sheet=name, found=titles)

    def __iter__(self) -> Iterator[list]:
        """Yield every row; trailing empty cells of wide formatted sheets are cut."""
        rows = self._sheet.iter_rows(values_only=True)
        while True:
            try:
                cells = next(rows, None)
            except Exception:
                raise FileProblem("xlsx_broken", row=self.number + 1) from None
            if cells is None:
                return
            self.number += 1
            cells = list(cells)
            while cells and cells[-1] is None:
                cells.pop()
            if len(cells) > self._limits.columns:
                raise FileProblem("columns_many", row=self.number)
            yield cells
