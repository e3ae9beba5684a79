"""Rows wait in temporary tables: the database compares and stores them in sets."""

import io

from odoo.tools import SQL

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_BATCH = 10_000


class Staging:
    """A temporary table filled by COPY. It vanishes with the transaction or savepoint.

    :param columns: name -> SQL type; the first is the row's number in the file
    """

    def __init__(self, cr, table: str, columns: dict[str, str]):
        self._cr = cr
        self._table = table
        self._columns = list(columns)
        self._buffer = io.StringIO()
        self._waiting = 0
        definition = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(table)))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP",
                SQL.identifier(table),
                SQL(definition),  # pylint: disable=sql-injection; constants of ours
            )
        )

    def add(self, *cells) -> None:
        """Add a row; None is NULL."""
        line = "\t".join(
            r"\N" if cell is None else str(cell).translate(_ESCAPES) for cell in cells
        )
        self._buffer.write(line + "\n")
        self._waiting += 1
        if self._waiting >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Send what waits to the database."""
        if not self._waiting:
            return
        self._buffer.seek(0)
        columns = ", ".join(f'"{name}"' for name in self._columns)
        self._cr.copy_expert(f"COPY {self._table} ({columns}) FROM STDIN", self._buffer)
        self._buffer = io.StringIO()
        self._waiting = 0

    def close(self) -> None:
        """Send the rest and let the planner know how much there is."""
        self.flush()
        self._cr.execute(SQL("ANALYZE %s", SQL.identifier(self._table)))
