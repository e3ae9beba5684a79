"""Any file as one stream of numbered rows under a header."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from .layout import Layout, Limits
from .problems import FileProblem
from .sheet_rows import SheetRows
from .text_rows import TextRows


class Row(NamedTuple):
    """A row's number in the file, counted from 1 with the header, and its cells."""

    number: int
    cells: list


class Table:
    """A file that was opened: its header, if it has one, and its rows.

    Iterate once. Empty rows are left out, row numbers count them.

    :param stream: seekable binary stream at its beginning
    :raises FileProblem: when the file cannot be read at all, or is empty
    """

    def __init__(self, stream: BinaryIO, layout: Layout, limits: Limits | None = None):
        limits = limits or Limits()
        self._stream = stream
        self.size = stream.seek(0, 2)
        stream.seek(0)
        if not self.size:
            raise FileProblem("empty")
        if self.size > limits.file_bytes:
            raise FileProblem(
                "file_huge",
                megabytes=round(self.size / 2**20, 1),
                limit=limits.file_bytes // 2**20,
            )
        reader = SheetRows if layout.kind == "xlsx" else TextRows
        self._rows = reader(stream, layout, limits)
        self._iterator = iter(self._rows)
        self.header = self._read_header(layout)

    def _read_header(self, layout: Layout) -> list[str] | None:
        for _skipped in range(layout.skip_rows):
            next(self._iterator, None)
        if not layout.has_header:
            return None
        for cells in self._iterator:
            if not is_empty(cells):
                return ["" if c is None else str(c).strip() for c in cells]
        raise FileProblem("empty")

    def __iter__(self) -> Iterator[Row]:
        found = False
        for cells in self._iterator:
            if not is_empty(cells):
                found = True
                yield Row(self._rows.number, cells)
        if not found:
            raise FileProblem("no_rows")

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        total = getattr(self._rows, "total", None)
        if total is not None:
            return min(self._rows.number / total, 1.0) if total else 0.0
        return min(self._stream.tell() / self.size, 1.0)


def is_empty(cells: list) -> bool:
    return all(cell is None or not str(cell).strip() for cell in cells)
