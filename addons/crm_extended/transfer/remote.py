"""A folder on an SFTP server whose key we know, through fsspec and paramiko.

Both libraries are optional: `require` says which is missing. The server must show the
key that was pinned; passwords and keys go to the library and nowhere else.
"""

import base64
import hashlib
import io
import posixpath
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from .folder import CHUNK, Entry
from .names import PART, check_name, folder_parts, shown
from .problems import TransferProblem

SECONDS = 30  # to connect, to be let in, and for each answer


def require() -> None:
    """:raises TransferProblem: `library` when fsspec or paramiko is not installed"""
    for name in ("fsspec", "paramiko"):
        try:
            __import__(name)
        except ImportError:
            raise TransferProblem("library", name=name) from None


def fingerprint(key: bytes) -> str:
    """A key as OpenSSH shows it: `SHA256:` and 43 characters."""
    digest = hashlib.sha256(key).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def host_key(host: str, port: int) -> str:
    """The key that a server shows now, as `ssh-ed25519 AAAA...`.

    Whoever answers could show any key: compare it with what the partner told you.
    """
    require()
    import paramiko

    with _told(host), socket.create_connection((host, port), SECONDS) as line:
        transport = paramiko.Transport(line)
        try:
            transport.start_client(timeout=SECONDS)
            key = transport.get_remote_server_key()
            return f"{key.get_name()} {key.get_base64()}"
        finally:
            transport.close()


def parse_host_key(text: str) -> tuple[str, bytes]:
    """(kind, key) of a line of known_hosts, with or without the host before it.

    :raises TransferProblem: `host_key_bad`
    """
    parts = (text or "").split()
    for kind, body in zip(parts, parts[1:], strict=False):
        if kind.startswith(("ssh-", "ecdsa-", "sk-")):
            with suppress(ValueError):
                raw = base64.b64decode(body, validate=True)
                size = int.from_bytes(raw[:4], "big")
                if raw[4 : 4 + size].decode("ascii", "replace") == kind:
                    return kind, raw
    raise TransferProblem("host_key_bad")


class SftpFolder:
    """A root folder on an SFTP server, with the same methods as `folder.Folder`.

    :param pinned: the server's key as `parse_host_key` reads it
    :param private_key: in OpenSSH or PEM form, instead of a password
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        private_key: str,
        pinned: str,
        root: str,
    ):
        require()
        kind, raw = parse_host_key(pinned)
        self._base = root or "."
        with _told(host):
            self._files = _connected(
                host,
                port=port,
                username=user,
                password=password or None,
                pkey=_private_key(private_key, password) if private_key else None,
                host_key_policy=_pin(kind, raw),
                disabled_algorithms=_all_but(kind),
                allow_agent=False,
                look_for_keys=False,
                timeout=SECONDS,
                banner_timeout=SECONDS,
                auth_timeout=SECONDS,
                skip_instance_cache=True,  # it would keep the password for ever
            )
            self._files.ftp.get_channel().settimeout(SECONDS)

    def close(self) -> None:
        self._files.client.close()

    # ------------------------------------------------------------------ looking

    def entries(self, path: str) -> list[Entry]:
        with _told(path):
            listing = self._files.ls(self._path(path), detail=True)
        found = [
            Entry(
                posixpath.basename(item["name"]),
                item["size"] or 0,
                int(item["mtime"].timestamp()),
            )
            for item in listing
            if item["type"] == "file"
        ]
        return sorted(found, key=lambda entry: entry.name)

    def look(self, path: str, name: str) -> Entry | None:
        with _told(name):
            try:
                state = self._files.ftp.lstat(self._path(path, name))
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(state.st_mode or 0):
            return None
        return Entry(name, state.st_size or 0, int(state.st_mtime or 0))

    @contextmanager
    def reading(self, path: str, name: str) -> Iterator[BinaryIO]:
        if not self.look(path, name):
            raise TransferProblem("not_a_file", name=shown(name))
        with _told(name):
            with self._files.open(self._path(path, name), "rb") as stream:
                stream.prefetch(max_concurrent_requests=64)
                yield stream

    # ------------------------------------------------------------------ changing

    def make(self, path: str) -> None:
        with _told(path):
            self._files.makedirs(self._path(path), exist_ok=True)

    def put(
        self, path: str, name: str, stream: BinaryIO, replace: bool = False
    ) -> None:
        """Write under a hidden name, then rename: the other side sees whole files."""
        part = self._path(path, f".{check_name(name)}{PART}")
        with _told(name):
            with self._files.open(part, "wb") as target:
                target.set_pipelined(True)
                while chunk := stream.read(CHUNK):
                    target.write(chunk)
            try:
                self._rename(part, self._path(path, name), name, replace)
            except TransferProblem:
                self._files.ftp.remove(part)
                raise

    def move(self, path: str, name: str, to_path: str, to_name: str) -> None:
        with _told(name):
            target = self._path(to_path, to_name)
            self._rename(self._path(path, name), target, to_name, False)

    def remove(self, path: str, name: str) -> None:
        with _told(name), suppress(FileNotFoundError):
            self._files.ftp.remove(self._path(path, name))

    # ------------------------------------------------------------------ private

    def _path(self, path, *names):
        return posixpath.join(self._base, *folder_parts(path), *names)

    def _rename(self, old, new, name, replace):
        if replace:
            self._files.mv(old, new)
            return
        try:  # some servers would rename over it
            self._files.ftp.lstat(new)
        except FileNotFoundError:
            self._files.ftp.rename(old, new)
        else:
            raise TransferProblem("exists", name=shown(name))


def _connected(host, **options):
    from fsspec.implementations.sftp import SFTPFileSystem

    class Files(SFTPFileSystem):
        def _connect(self):
            try:
                return super()._connect()
            except BaseException:
                self.client.close()  # its thread would live on
                raise

    return Files(host, **options)


def _pin(kind, raw):
    import paramiko

    class Pinned(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client, hostname, key):
            if key.asbytes() != raw:
                raise _OtherKey(fingerprint(key.asbytes()))

    return Pinned()


class _OtherKey(Exception):
    """The server is not the one that was pinned, or somebody stands between."""


def _all_but(kind):
    """A server with several keys must show the pinned one, not its newest."""
    import paramiko

    offered = paramiko.Transport._preferred_keys
    fits = ("rsa-sha2-512", "rsa-sha2-256", kind) if kind == "ssh-rsa" else (kind,)
    return {"keys": [name for name in offered if name not in fits]}


def _private_key(text, password):
    import paramiko

    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError, TypeError):
            return kind.from_private_key(
                io.StringIO(text.strip() + "\n"), password or None
            )
    raise TransferProblem("private_key_bad")


@contextmanager
def _told(name):
    import paramiko

    name = shown(str(name))
    try:
        yield
    except _OtherKey as error:
        raise TransferProblem("host_key_other", got=str(error)) from None
    except paramiko.AuthenticationException:
        raise TransferProblem("login") from None
    except FileNotFoundError:
        raise TransferProblem("missing", name=name) from None
    except PermissionError:
        raise TransferProblem("denied", name=name) from None
    except TimeoutError:
        raise TransferProblem("silent", name=name) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        reason = shown(str(error)) or type(error).__name__
        raise TransferProblem("failed", name=name, reason=reason) from None
