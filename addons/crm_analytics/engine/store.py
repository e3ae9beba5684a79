"""Versioned snapshots: each refresh is a new folder, none is ever changed afterwards.

`<root>/<version>/` holds `warehouse.duckdb` (what cubes ask), `<table>.parquet` (what
other engines read) and `manifest.json`. Which version is current is known by
PostgreSQL, so that it changes with the transaction that made it. A folder whose name
begins with a dot is being built, or is what a crash left.
"""

import errno
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from .errors import (
    WarehouseDamaged,
    WarehouseError,
    WarehouseFull,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseOutdated,
    WarehouseTooSmall,
)

FORMAT = 1  # of the snapshot's tables; another number is refused, a refresh mends it
DATABASE = "warehouse.duckdb"
MANIFEST = "manifest.json"
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,79}")
BUILDING = ".building-"


@dataclass(frozen=True)
class Limits:
    """What one process may take: threads, and memory as DuckDB spells it."""

    threads: int = 2
    memory: str = "1GB"

    def config(self) -> dict:
        return {
            "threads": max(1, self.threads),
            "memory_limit": self.memory,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }


class Store:
    """The folder of snapshots of one database."""

    def __init__(self, root: str | os.PathLike, limits: Limits | None = None) -> None:
        self.root = Path(root)
        self.limits = limits or Limits()

    # ------------------------------------------------------------------ reading

    def cursor(self, version: str) -> duckdb.DuckDBPyConnection:
        """A private cursor on a snapshot, read only, without reach to other files.

        :raises WarehouseMissing, WarehouseOutdated, WarehouseDamaged, WarehouseLocked:
        """
        path = self._path(version) / DATABASE
        manifest = self.manifest(version)
        self._check_size(path, manifest)
        return _pool.connection(path, self.limits).cursor()

    def manifest(self, version: str) -> dict:
        """Rows, sums and sizes of a snapshot, as written when it was built."""
        try:
            manifest = json.loads((self._path(version) / MANIFEST).read_text())
        except FileNotFoundError as error:
            raise WarehouseMissing(version) from error
        except (OSError, ValueError) as error:
            raise WarehouseDamaged(f"{version}: {MANIFEST}") from error
        if not isinstance(manifest, dict):
            raise WarehouseDamaged(f"{version}: {MANIFEST}")
        if manifest.get("format") != FORMAT:
            raise WarehouseOutdated(f"{version}: format {manifest.get('format')}")
        return manifest

    @contextmanager
    def answering(self, version: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose failures are told by what a person can do about them."""
        cursor = self.cursor(version)
        try:
            yield cursor
        except (duckdb.Error, MemoryError) as error:
            self.forget(version)
            raise as_warehouse_error(error, version) from error
        finally:
            cursor.close()

    def forget(self, version: str) -> None:
        """Let go of the open snapshot, so that the next question opens it anew."""
        _pool.drop(self._path(version) / DATABASE)

    def versions(self) -> list[str]:
        """Finished snapshots, oldest first."""
        if not self.root.is_dir():
            return []
        names = (p.name for p in self.root.iterdir() if (p / MANIFEST).is_file())
        return sorted(name for name in names if VERSION.fullmatch(name))

    def size(self, version: str) -> int:
        """Bytes on disk of a snapshot; zero when it is gone."""
        path = self._path(version)
        return sum(f.stat().st_size for f in path.iterdir()) if path.is_dir() else 0

    # ------------------------------------------------------------------ writing

    @contextmanager
    def building(self, version: str) -> Iterator[Path]:
        """A folder that becomes the snapshot `version`, or leaves no trace.

        :raises WarehouseFull: when the disk has no space left
        """
        target = self._path(version)
        folder = self.root / f"{BUILDING}{version}"
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(mode=0o700)
            yield folder
            self._seal(folder, version)
            folder.rename(target)
        except (OSError, duckdb.Error, MemoryError) as error:
            raise as_warehouse_error(error, version) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def clean(self, current: str | None, keep: int) -> list[str]:
        """Remove what crashes left, and snapshots older than the `keep` newest.

        Call it only by the one writer. The current snapshot is never removed. On Linux
        a process that still reads a removed one keeps its answers.
        """
        if not self.root.is_dir():
            return []
        for left in self.root.glob(f"{BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)
        versions = self.versions()
        old = [v for v in versions[: -max(1, keep)] if v != current]
        for version in old:
            self.remove(version)
        return old

    def remove(self, version: str) -> None:
        self.forget(version)
        shutil.rmtree(self._path(version), ignore_errors=True)

    # ------------------------------------------------------------------ private

    def _path(self, version: str) -> Path:
        if not VERSION.fullmatch(version or ""):
            raise WarehouseMissing(repr(version)[:100])
        return self.root / version

    def _check_size(self, path: Path, manifest: dict) -> None:
        try:
            size = path.stat().st_size
        except FileNotFoundError as error:
            _pool.drop(path)
            raise WarehouseMissing(path.parent.name) from error
        if size != manifest.get("sizes", {}).get(DATABASE):
            _pool.drop(path)
            raise WarehouseDamaged(f"{path.parent.name}: {size} bytes")

    def _seal(self, folder: Path, version: str) -> None:
        """Write sizes to the manifest and all to the disk, before the rename."""
        path = folder / MANIFEST
        manifest = json.loads(path.read_text()) if path.exists() else {}
        sizes = {
            f.name: f.stat().st_size for f in folder.iterdir() if f.name != MANIFEST
        }
        manifest |= {"format": FORMAT, "version": version, "sizes": sizes}
        path.write_text(json.dumps(manifest, indent=1, default=str))
        for file in folder.iterdir():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())


class _Pool:
    """Open snapshots of this process: the newest few, shared by its threads.

    Connections do not survive a fork, so a child begins with none.
    """

    SIZE = 4

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._open: dict[Path, tuple[Limits, duckdb.DuckDBPyConnection]] = {}

    def connection(self, path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._open = os.getpid(), {}
            opened, connection = self._open.get(path, (None, None))
            if connection is None:
                connection = _open_snapshot(path, limits)
            elif opened != limits:
                _set_limits(connection, limits)
            self._open[path] = (limits, connection)
            while len(self._open) > self.SIZE:
                # not closed: another thread may be reading; its cursor keeps it alive
                self._open.pop(next(iter(self._open)))
            return connection

    def drop(self, path: Path) -> None:
        with self._lock:
            self._open.pop(path, None)


_pool = _Pool()


def _open_snapshot(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(
            str(path), read_only=True, config={**limits.config()}
        )
    except (duckdb.Error, OSError, MemoryError) as error:
        raise as_warehouse_error(error, path.parent.name) from error
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    return connection


def _set_limits(connection: duckdb.DuckDBPyConnection, limits: Limits) -> None:
    connection.execute(f"SET threads = {max(1, int(limits.threads))}")
    connection.execute("SET memory_limit = ?", [limits.memory])


def as_warehouse_error(error: Exception, version: str = "") -> WarehouseError:
    """The error class that a failure of the disk or of DuckDB stands for."""
    text = str(error)
    detail = f"{version}: {type(error).__name__}: {text[:200]}"
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return WarehouseTooSmall(detail)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WarehouseFull(detail)
    if "No space left on device" in text or "disk quota" in text.lower():
        return WarehouseFull(detail)
    if "lock" in text and isinstance(error, duckdb.IOException):
        return WarehouseLocked(detail)
    if isinstance(error, FileNotFoundError) or "does not exist" in text:
        return WarehouseMissing(detail)
    broken = duckdb.IOException | duckdb.FatalException | duckdb.SerializationException
    if isinstance(error, broken | duckdb.InternalException):
        return WarehouseDamaged(detail)
    return WarehouseError(detail)
