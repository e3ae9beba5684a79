"""How much was read, added up in memory and handed over now and then.

A list is read many times a minute. Counting it costs an addition; what is written down
is one row per person, model and hour and flush, not a row per record.
"""

from collections.abc import Hashable
from threading import Lock
from time import monotonic

PATIENCE = 30.0  # seconds that small numbers may wait in memory
LARGE = 500  # rows that are written down at once


class Tally:
    """Rows and calls by key, of one process; safe for threads.

    >>> tally = Tally()
    >>> tally.add("db", ("eva", "res.partner"), 80, now=0.0)
    >>> tally.add("db", ("eva", "res.partner"), 40, now=1.0)
    >>> tally.add("db", ("eva", "res.partner"), 40, now=31.0)
    [(('eva', 'res.partner'), 160, 3)]
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._books: dict[str, dict[Hashable, list[int]]] = {}
        self._since: dict[str, float] = {}

    def add(
        self, book: str, key: Hashable, rows: int, now: float | None = None
    ) -> list[tuple[Hashable, int, int]] | None:
        """Count; returns what is due to be written down, or nothing.

        :param book: whose books: the database
        :return: list of (key, rows, calls), taken out of memory
        """
        now = monotonic() if now is None else now
        with self._lock:
            counts = self._books.setdefault(book, {})
            since = self._since.setdefault(book, now)
            entry = counts.setdefault(key, [0, 0])
            entry[0] += rows
            entry[1] += 1
            if entry[0] < LARGE and now - since < PATIENCE:
                return None
            return self._take(book)

    def take(self, book: str) -> list[tuple[Hashable, int, int]]:
        """Everything that waits, taken out of memory."""
        with self._lock:
            return self._take(book)

    def _take(self, book: str) -> list[tuple[Hashable, int, int]]:
        self._since.pop(book, None)
        counts = self._books.pop(book, {})
        return [(key, rows, calls) for key, (rows, calls) in counts.items()]
