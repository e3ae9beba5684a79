"""Rows of text files: separated, fixed-width, or with columns between blanks."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from .layout import Layout, Limits
from .problems import FileProblem

_HEAD = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FEW = 16  # NULs in the beginning of a text that some program spoilt
_USUAL = frozenset(b"\t\n\r\f\v\x1a")
Cells = list[str]


def find_encoding(head: bytes, wanted: str) -> str:
    """A byte order mark tells the encoding; without one the mapping is believed.

    :param head: the first bytes of the file
    :param wanted: one of `layout.ENCODINGS`
    :raises FileProblem: encoding_differs, encoding_unknown, binary

    >>> find_encoding("Dvořák".encode(), "auto")
    'utf-8'
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            if wanted not in ("auto", "utf-8", "utf-16") or (
                wanted != "auto" and not encoding.startswith(wanted)
            ):
                raise FileProblem("encoding_differs", encoding=encoding, wanted=wanted)
            return encoding
    if wanted == "utf-16":
        return _unmarked_utf16(head)
    if b"\0" in head and not _is_text(head):
        # every second byte is NUL in UTF-16 of a western text
        if head.count(b"\0") > len(head) // 4:
            raise FileProblem("encoding_differs", encoding="utf-16", wanted=wanted)
        raise FileProblem("binary")
    if wanted != "auto":
        return wanted
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        raise FileProblem("encoding_unknown") from None
    return "utf-8"


def _is_text(head: bytes) -> bool:
    """A few NULs in what is text otherwise: their cells are reported, not the file."""
    if head.count(b"\0") > min(_FEW, len(head) // 8):
        return False
    return not any(byte < 32 and byte not in _USUAL for byte in set(head) - {0})


def _unmarked_utf16(head: bytes) -> str:
    if b"\0" not in head:
        raise FileProblem("encoding_differs", encoding="utf-8", wanted="utf-16")
    return "utf-16-be" if head[:1] == b"\0" else "utf-16-le"


class TextRows:
    """The rows of a text file, one at a time, numbered as in a spreadsheet.

    A character that the encoding does not know becomes U+FFFD, so that the row that
    holds it is reported and the others are read.
    """

    def __init__(self, stream: BinaryIO, layout: Layout, limits: Limits):
        head = stream.read(_HEAD)
        if head[:4] == b"PK\x03\x04":
            raise FileProblem("is_xlsx")
        encoding = find_encoding(head, layout.encoding)
        stream.seek(0)
        self._text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        self._layout = layout
        self._limits = limits
        self._row_chars = 0
        self._row_lines = 0
        self._row_quotes = 0
        self.number = 0

    def __iter__(self) -> Iterator[Cells]:
        """Yield every row, empty ones too; `number` is the row being read."""
        split = {"csv": self._separated, "fixed": self._fixed, "blank": self._blank}
        for cells in split[self._layout.kind]():
            if len(cells) > self._limits.columns:
                raise FileProblem("columns_many", row=self.number)
            yield cells

    def _lines(self) -> Iterator[str]:
        limit = self._limits.record_chars
        while line := self._text.readline(limit + 1):
            self._row_chars += len(line)
            self._row_lines += 1
            self._row_quotes += line.count(self._layout.quote or "\0")
            if self._row_chars > limit:
                raise FileProblem("record_huge", row=self.number + 1)
            yield line

    def _separated(self) -> Iterator[Cells]:
        quote = self._layout.quote
        reader = csv.reader(
            self._lines(),
            delimiter=self._layout.delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        )
        opened = None
        try:
            for cells in reader:
                self.number += 1
                is_odd = self._row_lines > 1 and self._row_quotes % 2
                opened = self.number if is_odd else None
                self._row_chars = self._row_lines = self._row_quotes = 0
                yield cells
        except csv.Error:
            raise FileProblem("record_huge", row=self.number + 1) from None
        if opened:  # the mark swallowed the file to its end
            raise FileProblem("quote_open", row=opened)

    def _fixed(self) -> Iterator[Cells]:
        slices = [slice(s - 1, s - 1 + width) for s, width in self._layout.slices]
        for line in self._plain_lines():
            yield [line[part].strip() for part in slices] if line.strip() else []

    def _blank(self) -> Iterator[Cells]:
        for line in self._plain_lines():
            yield line.split()

    def _plain_lines(self) -> Iterator[str]:
        for line in self._lines():
            self._row_chars = 0
            self.number += 1
            yield line.rstrip("\r\n")
