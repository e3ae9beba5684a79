"""What a file looks like, and how much of one we are willing to swallow."""

from dataclasses import dataclass

KINDS = ("csv", "xlsx", "fixed", "blank")

# UTF-7 is missing on purpose: it smuggles any character past every filter
ENCODINGS = (
    "auto",
    "utf-8",
    "utf-16",
    "cp1250",
    "cp1251",
    "cp1252",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "cp852",
    "cp437",
)


@dataclass(frozen=True)
class Layout:
    """The shape of a file.

    :param kind: csv; xlsx; fixed (columns at fixed places); blank (blanks between)
    :param encoding: one of `ENCODINGS`; auto takes UTF-8 and UTF-16 and guesses nothing
    :param skip_rows: rows to leave out before the header, or before the data
    :param slices: of a fixed file, (start, width) of each column, start counted from 1
    :param sheet: of a workbook, the sheet's name; empty takes the first
    """

    kind: str = "csv"
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "auto"
    has_header: bool = True
    skip_rows: int = 0
    slices: tuple[tuple[int, int], ...] = ()
    sheet: str = ""


@dataclass(frozen=True)
class Limits:
    """Beyond these a file is an accident or an attack, not data."""

    file_bytes: int = 100 * 2**20
    unpacked_bytes: int = 400 * 2**20
    unpack_ratio: int = 150
    record_chars: int = 2**20
    columns: int = 1000
