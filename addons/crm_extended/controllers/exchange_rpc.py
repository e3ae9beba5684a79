import logging
import uuid
import xmlrpc.client
from contextlib import contextmanager

import psycopg2

from odoo import http
from odoo.exceptions import UserError
from odoo.http import dispatch_rpc, request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.rpc.controllers import RPC
from odoo.addons.rpc.controllers.xmlrpc import dumps

from ..exchange import envelope, wire
from ..exchange.errors import ExchangeError
from ..exchange.target import UNKNOWN, Door, rpc_door, rpc_target

_logger = logging.getLogger(__name__)


class ExchangeRPC(RPC):
    """XML-RPC and JSON-RPC say which method is asked for before the login is checked.

    A call of the exchange is always answered in its envelope, whatever goes wrong on
    the way; wrong logins get Odoo's own short fault.
    """

    def _xmlrpc(self, service):
        if service != "object":
            return super()._xmlrpc(service)
        body = request.httprequest.get_data()
        if len(body) > wire.MAX_BODY and b"crm.exchange" in body[:4096]:
            return dumps((_too_large(),))
        params, method = _parse(body)
        return dumps((_dispatch(service, method, params),))

    @http.route()
    def jsonrpc(self, service, method, args):
        if service != "object":
            return super().jsonrpc(service, method, args)
        with _announced(args) as target:
            try:
                return super().jsonrpc(service, method, args)
            except Exception as error:
                return _excuse(target, error)


def _dispatch(service, method, params):
    with _announced(params) as target:
        try:
            return dispatch_rpc(service, method, params)
        except Exception as error:
            return _excuse(target, error)


@contextmanager
def _announced(params):
    """Tell the login's check what ``[db, uid, key, model, method]`` asks for."""
    target = tuple(params[3:5]) if len(params) >= 5 else UNKNOWN
    if not all(isinstance(name, str) for name in target):
        target = UNKNOWN
    token = rpc_target.set(target)
    door = rpc_door.set(Door(request.httprequest.remote_addr or ""))
    try:
        yield target
    finally:
        rpc_door.reset(door)
        rpc_target.reset(token)


def _parse(body):
    """An XML-RPC call; document types only serve to attack and are refused unread."""
    try:
        if b"<!DOCTYPE" in body or b"\0" in body:
            raise ValueError
        return xmlrpc.client.loads(body, use_datetime=True)
    except Exception:
        # in English: no login, hence no language, is known yet
        message = "The body is not an XML-RPC call."
        raise UserError(message) from None


def _excuse(target, error):
    """An envelope instead of a traceback; other models' calls keep Odoo's ways."""
    if target[0] != "crm.exchange" or isinstance(error, UserError):
        raise error
    request_id = uuid.uuid4().hex
    if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
        return envelope.busy(request_id)
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        _logger.warning("%s: the database is away", request_id, exc_info=error)
        return envelope.busy(request_id)
    _logger.error("%s: %s.%s failed", request_id, *target, exc_info=error)
    return envelope.unexpected(request_id)


def _too_large():
    error = ExchangeError(
        "too_large",
        "The body is too large.",
        expected=f"{wire.MAX_BODY} bytes at most",
    )
    return envelope.failure(uuid.uuid4().hex, "", [error])
