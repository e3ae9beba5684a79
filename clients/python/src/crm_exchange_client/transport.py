"""One kept-alive HTTP connection: TLS, proxy of the environment, limits, no redirects.

A redirect is refused, because following it would hand the key to another address.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from .errors import ContractBroken, SettingsError, Unreachable

LOCAL = ("localhost", "127.0.0.1", "::1")
MAX_ANSWER = 64 * 1024 * 1024


class Reply(NamedTuple):
    status: int
    body: bytes


class Transport:
    """Posts bodies to paths below one address.

    :param url: such as `https://crm.example.com`
    :param timeout: seconds without a byte after which the server counts as unreachable
    :param insecure: allow plain http to other machines; the key is then readable by all
    :raises SettingsError: for an address that cannot be used
    """

    def __init__(
        self,
        url: str,
        timeout: float = 90.0,
        insecure: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"{url!r} is no address such as https://crm.example")
        if parts.scheme == "http" and parts.hostname not in LOCAL and not insecure:
            raise SettingsError(
                f"{url} would send the key in clear text: use https "
                "(or say insecure, inside a network you trust)."
            )
        self._parts = parts
        self._timeout = timeout
        self._context = context
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """
        :raises Unreachable: when no whole answer came
        """
        kept = self._connection is not None
        try:
            return self._post(path, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            # a server may close a connection that was idle; that says nothing yet
            if not kept or isinstance(error, TimeoutError):
                raise Unreachable(f"{self._where()}: {_reason(error)}") from error
        try:
            return self._post(path, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise Unreachable(f"{self._where()}: {_reason(error)}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        if self._connection is None:
            self._connection = self._connect()
        prefix = self._parts.path.rstrip("/")
        self._connection.request("POST", prefix + path, body, dict(headers))
        response = self._connection.getresponse()
        read = self._read(response)
        if response.will_close:
            self.close()
        if 300 <= response.status < 400:
            target = response.getheader("Location", "")
            raise SettingsError(
                f"{self._where()} redirects to {target}: put the final address, and "
                "for Odoo with several databases the right host name, in the settings."
            )
        return Reply(response.status, read)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        parts, size = [], 0
        while part := response.read(256 * 1024):
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                self.close()
                raise ContractBroken(f"{self._where()} answered over {MAX_ANSWER} B")
        if response.length:  # read(amount) does not tell that the end is missing
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(parts)

    def _connect(self) -> http.client.HTTPConnection:
        parts, proxy = self._parts, _proxy(self._parts)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            context = self._context or ssl.create_default_context()
            secure = http.client.HTTPSConnection(
                *((proxy.hostname or "", proxy.port) if proxy else (host, port)),
                timeout=self._timeout,
                context=context,
            )
            if proxy:
                secure.set_tunnel(host, port or 443)
            return secure
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _where(self) -> str:
        return f"{self._parts.scheme}://{self._parts.netloc.rpartition('@')[2]}"


def _proxy(parts: SplitResult) -> SplitResult | None:
    """The environment's proxy for https; plain http is for local servers only."""
    found = getproxies().get("https", "") if parts.scheme == "https" else ""
    if not found or proxy_bypass(parts.hostname or ""):
        return None
    return urlsplit(found if "//" in found else f"//{found}")


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    return str(error) or type(error).__name__
