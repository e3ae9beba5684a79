"""XML-RPC: what older systems have; the same service and the same answers."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Mapping
from typing import Any
from xml.parsers.expat import ExpatError

from .errors import ContractBroken, Refused, Unauthorized, Unreachable
from .face import Login
from .transport import Transport

_HEADERS = {"Content-Type": "text/xml", "User-Agent": "crm-exchange-client"}
_WRONG_KEY = "The database, login or key is wrong, expired or revoked."


class XmlRpcFace:
    """:ivar uid: number of the login, asked once"""

    def __init__(self, login: Login, transport: Transport) -> None:
        self._login = login
        self._transport = transport
        self.uid = 0

    def call(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        login = self._login
        if not self.uid:
            found = self._send(
                "common", "login", login.database, login.login, login.key
            )
            if isinstance(found, bool) or not isinstance(found, int):
                raise Unauthorized(_WRONG_KEY)
            self.uid = found
        place = (login.database, self.uid, login.key, "crm.exchange", method)
        answer = self._send("object", "execute_kw", *place, [], dict(arguments))
        if not isinstance(answer, dict) or "ok" not in answer:
            raise ContractBroken(
                "The answer is no envelope; is this the CRM's address?"
            )
        return answer

    def close(self) -> None:
        self._transport.close()

    def _send(self, service: str, method: str, *arguments: Any) -> Any:
        body = xmlrpc.client.dumps(arguments, method, encoding="utf-8")
        reply = self._transport.post(f"/xmlrpc/2/{service}", body.encode(), _HEADERS)
        if reply.status == 429 or reply.status >= 500:
            raise Unreachable(f"the server answered HTTP {reply.status}")
        if reply.status >= 400:
            raise Refused({"code": "http", "message": f"HTTP {reply.status}"})
        try:
            return xmlrpc.client.loads(reply.body)[0][0]
        except xmlrpc.client.Fault as fault:
            raise _refusal(fault) from None
        except (ExpatError, xmlrpc.client.Error, LookupError, ValueError) as error:
            raise ContractBroken("The answer is no XML-RPC.") from error


def _refusal(fault: xmlrpc.client.Fault) -> Exception:
    text = fault.faultString.strip().splitlines()[-1:] or [""]
    if fault.faultCode == 3:
        return Unauthorized(_WRONG_KEY)
    if fault.faultCode == 4:
        return Refused({"code": "out_of_scope", "message": text[0]})
    if fault.faultCode == 1:  # the server failed before the exchange was reached
        return Unreachable(f"the server failed: {text[0][:200]}")
    return Refused({"code": "invalid_argument", "message": text[0][:200]})
