"""JSON-2: one POST per call, the key as bearer token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import ContractBroken, Refused, Unauthorized, Unreachable
from .face import Login
from .transport import Reply, Transport


class JsonFace:
    """The modern face: less text on the wire, and Odoo keeps it beyond version 22."""

    def __init__(self, login: Login, transport: Transport) -> None:
        self._transport = transport
        self._headers = {
            "Authorization": f"bearer {login.key}",
            "Content-Type": "application/json",
            "X-Odoo-Database": login.database,
            "User-Agent": "crm-exchange-client",
        }

    def call(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
        path = f"/json/2/crm.exchange/{method}"
        return _envelope(self._transport.post(path, body.encode(), self._headers))

    def close(self) -> None:
        self._transport.close()


def _envelope(reply: Reply) -> dict[str, Any]:
    try:
        answer = json.loads(reply.body)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and "ok" in answer:
        if reply.status == 401:
            raise Unauthorized("The key is wrong, expired or revoked.")
        return answer
    if reply.status == 401:
        raise Unauthorized("The key is wrong, expired or revoked.")
    if reply.status == 429 or reply.status >= 500:
        # a proxy in between, or a server that is just starting
        raise Unreachable(f"the server answered HTTP {reply.status}")
    if reply.status == 404:
        # also Odoo's answer while its database is being recovered
        raise Unreachable(
            "no exchange here (HTTP 404): the server is starting, or the address or "
            "the database is wrong"
        )
    if reply.status >= 400:
        raise Refused({"code": "http", "message": f"HTTP {reply.status}"})
    raise ContractBroken("The answer is no envelope; is this address the CRM's?")
