"""How far a long work has come, told at most a few times a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

# what is done, how many are done, how many there are (0: not known)
Report = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """For programs that show no progress."""


class Line:
    """One line of a terminal that is written over; a line per half minute in a log."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._every = 0.2 if self._live else 30.0
        self._last = self._started = time.monotonic()
        self._shown = False

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        rate = done / max(now - self._started, 1e-6)
        share = f" of {total:,} ({done / total:.0%})" if total else ""
        end = "\r" if self._live else "\n"
        self._out.write(f"{what}: {done:,}{share}, {rate:,.0f}/s   {end}")
        self._out.flush()
        self._shown = self._live

    def end(self) -> None:
        if self._shown:
            self._out.write("\n")
