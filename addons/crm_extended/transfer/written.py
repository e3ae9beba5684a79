"""A file of rows being written, with its length watched and its sum known."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from .problems import TransferProblem

KINDS = ("csv", "jsonl")


class RowsFile:
    """Rows into a binary stream, as CSV under a header or as lines of JSON.

    :param limit: bytes beyond which the file is an accident
    :param encoding: of CSV; JSON lines are UTF-8. A character that the encoding does
        not have becomes ``?`` and is counted in `lost`
    """

    def __init__(
        self,
        stream: BinaryIO,
        kind: str,
        header: list[str],
        limit: int,
        delimiter: str = ",",
        encoding: str = "utf-8",
    ):
        self._stream = stream
        self._limit = limit
        self._encoding = "utf-8" if kind == "jsonl" else encoding
        self._sum = hashlib.sha256()
        self._text = io.StringIO()
        self._csv = csv.writer(self._text, delimiter=delimiter, lineterminator="\r\n")
        self.rows = self.size = self.lost = 0
        if kind == "csv":
            self._csv.writerow(header)
            self._flush()

    def write_cells(self, cells: Iterable[str]) -> None:
        self._csv.writerow(cells)
        self.rows += 1
        self._flush()

    def write_object(self, line: Mapping) -> None:
        self._text.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        self._text.write("\n")
        self.rows += 1
        self._flush()

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()

    def _flush(self):
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        try:
            raw = text.encode(self._encoding)
        except UnicodeEncodeError:
            self.lost += sum(not _has(self._encoding, character) for character in text)
            raw = text.encode(self._encoding, "replace")
        self.size += len(raw)
        if self.size > self._limit:
            raise TransferProblem("too_large", megabytes=self._limit >> 20)
        self._sum.update(raw)
        self._stream.write(raw)
        if self._encoding == "utf-8-sig":
            self._encoding = "utf-8"  # one mark, at the beginning


def sum_line(sha256: str, name: str) -> bytes:
    """The file that `sha256sum --check` reads.

    >>> sum_line("ab", "x.csv")
    b'ab  x.csv\\n'
    """
    return f"{sha256}  {name}\n".encode()


def read_sum(raw: bytes) -> str:
    """The sum in such a file, or an empty text.

    >>> read_sum(b"AB" * 32 + b"  x.csv")[:4], read_sum(b"no")
    ('abab', '')
    """
    word = raw[:64].decode("ascii", "replace").lower()
    return word if len(word) == 64 and set(word) <= set("0123456789abcdef") else ""


def _has(encoding, character):
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
