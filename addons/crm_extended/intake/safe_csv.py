"""CSV that a spreadsheet program opens as data and never runs as a formula."""

import csv
from typing import TextIO

_RUN = ("=", "+", "-", "@", "\t", "\r")


def defuse(cell) -> str:
    """Cells that a spreadsheet would calculate get an apostrophe first (CWE-1236).

    >>> defuse("=HYPERLINK()"), defuse("Kraków"), defuse(None)
    ("'=HYPERLINK()", 'Kraków', '')
    """
    text = "" if cell is None else str(cell).replace("\0", "")
    return f"'{text}" if text.startswith(_RUN) else text


class SafeWriter:
    """Writes rows of text, all quoted, every cell defused."""

    def __init__(self, stream: TextIO):
        self._writer = csv.writer(stream, quoting=csv.QUOTE_ALL)

    def write_row(self, cells) -> None:
        self._writer.writerow([defuse(cell) for cell in cells])
