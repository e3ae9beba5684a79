"""A folder on this server that nothing leads out of, whatever lies in it.

Every path is walked from the opened root folder by descriptors that follow no links
(`openat` with `O_NOFOLLOW`), so a link planted between check and use changes nothing.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from .names import PART, check_name, folder_parts, shown
from .problems import TransferProblem

CHUNK = 1 << 20
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LINK = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file in a folder; `modified` is in seconds of that system's clock."""

    name: str
    size: int
    modified: int


class Folder:
    """A root folder and what lies below it.

    :param base: absolute path; links in it are the administrator's
    :param below: the root below it, made where missing; links in it are refused
    """

    def __init__(self, base: str, below: str = ""):
        with _told(base):
            self._root = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.make(below)
            with self._opened(below) as folder:
                root = os.dup(folder)
        except TransferProblem:
            self.close()
            raise
        self.close()
        self._root = root

    def close(self) -> None:
        os.close(self._root)

    # ------------------------------------------------------------------ looking

    def entries(self, path: str) -> list[Entry]:
        """Plain files in a folder, by name; links, pipes and folders are left out."""
        found = []
        with self._opened(path) as folder, _told(path), os.scandir(folder) as listing:
            for entry in listing:
                with suppress(FileNotFoundError):  # gone since it was listed
                    state = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(state.st_mode):
                        found.append(_entry(entry.name, state))
        return sorted(found, key=lambda entry: entry.name)

    def look(self, path: str, name: str) -> Entry | None:
        """The file as it is now, or None."""
        with self._opened(path) as folder, _told(name):
            try:
                state = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return None
        return _entry(name, state) if stat.S_ISREG(state.st_mode) else None

    @contextmanager
    def reading(self, path: str, name: str) -> Iterator[BinaryIO]:
        with self._opened(path) as folder, _told(name):
            descriptor = os.open(check_name(name), _READ, dir_fd=folder)
            with open(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise TransferProblem("not_a_file", name=shown(name))
                yield stream

    # ------------------------------------------------------------------ changing

    def make(self, path: str) -> None:
        """Make a folder and those above it, where they are missing."""
        at = os.dup(self._root)
        try:
            for part in folder_parts(path):
                with _told(path):
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o770, dir_fd=at)
                    below = os.open(part, _DIRECTORY, dir_fd=at)
                os.close(at)
                at = below
        finally:
            os.close(at)

    def put(
        self, path: str, name: str, stream: BinaryIO, replace: bool = False
    ) -> None:
        """Write a file that appears under its name only when it is whole and on disk.

        :raises TransferProblem: `exists` when the name is taken and not to be replaced
        """
        part = f".{check_name(name)}{PART}"
        with self._opened(path) as folder, _told(name):
            with suppress(FileNotFoundError):  # left by a run that was killed
                os.unlink(part, dir_fd=folder)
            with open(os.open(part, _WRITE, 0o660, dir_fd=folder), "wb") as target:
                while chunk := stream.read(CHUNK):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            try:
                self._rename(folder, part, folder, name, replace)
            except TransferProblem:
                os.unlink(part, dir_fd=folder)
                raise
            os.fsync(folder)

    def move(self, path: str, name: str, to_path: str, to_name: str) -> None:
        """Rename a file within the root; never over another one."""
        with self._opened(path) as here, self._opened(to_path) as there, _told(name):
            self._rename(here, check_name(name), there, check_name(to_name), False)
            os.fsync(there)

    def remove(self, path: str, name: str) -> None:
        with self._opened(path) as folder, _told(name):
            with suppress(FileNotFoundError):
                os.unlink(check_name(name), dir_fd=folder)

    # ------------------------------------------------------------------ private

    @contextmanager
    def _opened(self, path):
        at = os.dup(self._root)
        try:
            for part in folder_parts(path):
                with _told(path):
                    below = os.open(part, _DIRECTORY, dir_fd=at)
                os.close(at)
                at = below
            yield at
        finally:
            os.close(at)

    def _rename(self, here, name, there, to_name, replace):
        if not replace:
            try:
                # a second name fails when it is taken, which renaming does not
                os.link(name, to_name, src_dir_fd=here, dst_dir_fd=there)
                os.unlink(name, dir_fd=here)
                return
            except FileExistsError:
                raise TransferProblem("exists", name=to_name) from None
            except OSError as error:  # a file system without second names
                if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
                    raise
            with suppress(FileNotFoundError):
                os.stat(to_name, dir_fd=there, follow_symlinks=False)
                raise TransferProblem("exists", name=to_name)
        os.rename(name, to_name, src_dir_fd=here, dst_dir_fd=there)


def _entry(name, state):
    return Entry(name, state.st_size, int(state.st_mtime))


@contextmanager
def _told(name):
    try:
        yield
    except OSError as error:
        raise _problem(error, name) from None


def _problem(error, name):
    name = shown(str(name))
    if isinstance(error, FileNotFoundError):
        return TransferProblem("missing", name=name)
    if isinstance(error, PermissionError):
        return TransferProblem("denied", name=name)
    if error.errno in _LINK:
        return TransferProblem("is_link", name=name)
    return TransferProblem("failed", name=name, reason=error.strerror or "")
