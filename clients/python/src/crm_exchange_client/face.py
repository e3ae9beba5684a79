"""The two faces of the service behind one small interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import SettingsError
from .transport import Transport


@dataclass(frozen=True)
class Login:
    """What the operator of the CRM gave you: address, database, login and key."""

    url: str
    database: str
    login: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("url", "database", "login", "key"):
            if not getattr(self, name):
                raise SettingsError(f"the {name} is missing")


class Face(Protocol):
    """A way to reach the service; both answer the same envelope."""

    def call(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The envelope of one call.

        :raises Unreachable: no answer, it may have been carried out
        :raises Unauthorized: wrong, expired or revoked key
        :raises Refused: what the face itself refused, before the service
        """

    def close(self) -> None: ...


def open_face(
    login: Login, kind: str = "json2", timeout: float = 90.0, insecure: bool = False
) -> Face:
    """:param kind: `json2` or `xmlrpc`"""
    from .json_face import JsonFace
    from .xmlrpc_face import XmlRpcFace

    transport = Transport(login.url, timeout, insecure)
    if kind == "json2":
        return JsonFace(login, transport)
    if kind == "xmlrpc":
        return XmlRpcFace(login, transport)
    raise SettingsError(f"the face is json2 or xmlrpc, not {kind!r}")
