"""A PostgreSQL query becomes a snapshot: CSV, exact decimals, sorted by date."""

import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb

from .store import DATABASE, MANIFEST, Limits, as_warehouse_error


class CsvSink:
    """A file for `COPY ... TO STDOUT` which keeps its first error until the copy ended.

    An exception out of the driver's callback would leave the connection in the middle
    of a COPY; so what follows a full disk is thrown away and the error raised at
    `close`.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self._file = open(path, "wb", buffering=1 << 20)  # noqa: SIM115 closed by close()
        self._error: OSError | None = None
        self.bytes = 0

    # what the driver calls on a file, not the method of a model
    def write(self, data: bytes) -> int:  # pylint: disable=method-required-super
        self.bytes += len(data)
        if self._error is None:
            try:
                self._file.write(data)
            except OSError as error:
                self._error = error
        return len(data)

    def close(self) -> None:
        """:raises WarehouseFull: when what was written did not fit on the disk"""
        try:
            self._file.close()
        except OSError as error:
            self._error = self._error or error
        if self._error is not None:
            raise as_warehouse_error(self._error) from self._error


def build_snapshot(  # noqa: PLR0913
    folder: Path,
    copy: Callable[[CsvSink], None],
    table: str,
    columns: dict[str, str],
    limits: Limits,
    report: Callable[[str], None] = lambda step: None,
) -> tuple[int, Decimal]:
    """Write `table` into a building folder and return its rows and its sum of amount.

    :param copy: fills the sink with CSV that has a header
    :param columns: DuckDB type by column, in the order of the CSV; `date`, `id` and
        `amount` must be among them
    """
    source = folder / "rows.csv"
    report("extract")
    sink = CsvSink(source)
    try:
        copy(sink)
    finally:
        sink.close()
    report("build")
    connection = duckdb.connect(str(folder / DATABASE), config=limits.config())
    try:
        connection.execute("SET enable_progress_bar = false")
        rows, amount = _load(connection, source, table, columns)
        report("parquet")
        connection.execute(
            f'COPY "{table}" TO ? (FORMAT parquet, COMPRESSION zstd)',
            [str(folder / f"{table}.parquet")],
        )
    finally:
        connection.close()
    source.unlink()
    manifest = {"table": table, "rows": rows, "amount": str(amount), "columns": columns}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return rows, amount


def _load(connection, source, table, columns) -> tuple[int, Decimal]:
    connection.execute(
        f"""
        CREATE TABLE "{table}" AS
        SELECT * FROM read_csv(?, header = true, delim = ',', quote = '"',
                               escape = '"', nullstr = '', auto_detect = false,
                               columns = {json.dumps(columns)})
        ORDER BY date, id
        """,
        [str(source)],
    )
    sums = f'SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM "{table}"'
    return connection.execute(sums).fetchone()
