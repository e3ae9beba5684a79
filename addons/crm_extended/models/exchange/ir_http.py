import logging
import uuid

import psycopg2
from werkzeug.exceptions import Forbidden, HTTPException

from odoo import models
from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.http import SessionExpiredException, request

from ...exchange import envelope, wire
from ...exchange.errors import ExchangeError
from ...exchange.target import Door

_logger = logging.getLogger(__name__)
PATH = "/json/2/crm.exchange/"


class IrHttp(models.AbstractModel):
    """The JSON-2 face of the exchange: a door for its logins, errors without traces."""

    _inherit = "ir.http"

    @classmethod
    def _authenticate_explicit(cls, auth):
        """Odoo takes any failure to look a key up for a wrong key.

        A client that is told so gives up for good, because PostgreSQL restarted.
        """
        try:
            return super()._authenticate_explicit(auth)
        except AccessDenied as error:
            if _to_exchange() and isinstance(error.__context__, psycopg2.Error):
                raise error.__context__ from None
            raise

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        if _to_exchange():
            limit = request.httprequest.max_content_length
            request.httprequest.max_content_length = min(limit, wire.MAX_BODY)
        if not request.env.uid or not request.env.user._is_exchange_login():
            return
        request.exchange_login = True
        request.exchange_door = Door(request.httprequest.remote_addr or "")
        request.env.user._check_key_alive(_bearer())
        target = args.get("__model__"), args.get("__method__")
        if not request.env["res.users"]._may_exchange_call(*target):
            raise Forbidden("This login can call the exchange and nothing else.")

    @classmethod
    def _handle_error(cls, exception):
        if not (_to_exchange() or getattr(request, "exchange_login", False)):
            if request.httprequest.path == "/jsonrpc" and isinstance(
                exception, AccessError | RecursionError
            ):  # whose text says all; the trace would only describe our server
                exception.__cause__ = exception.__context__ = None
                exception.__traceback__ = None
            return super()._handle_error(exception)
        request_id = uuid.uuid4().hex
        status, answer = _refusal(exception, request_id)
        if status == 500:
            _logger.error("%s: exchange call failed", request_id, exc_info=exception)
        return request.make_json_response(answer, status=status)


def _bearer():
    """The key of the call; Odoo has proved that it is this login's."""
    header = request.httprequest.headers.get("Authorization") or ""
    return header[len("bearer") :].strip()


def _to_exchange():
    return request.httprequest.path.startswith(PATH)


def _refusal(exception, request_id):
    """HTTP status and envelope for what went wrong before a method could answer."""
    if isinstance(exception, psycopg2.OperationalError | psycopg2.InterfaceError):
        _logger.warning("%s: the database is away", request_id, exc_info=exception)
        return 503, envelope.busy(request_id)
    if isinstance(exception, AccessDenied | SessionExpiredException):
        code, status = "unauthorized", 401
        message = "The key is wrong, expired or revoked."
    elif isinstance(exception, RecursionError):
        code, status, message = "invalid_value", 400, "The body is nested too deeply."
    elif isinstance(exception, HTTPException) and exception.code:
        status = exception.code
        codes = {401: "unauthorized", 403: "out_of_scope", 413: "too_large"}
        code = codes.get(status, "invalid_argument")
        message = str(exception.description or exception.name)
    elif isinstance(exception, UserError):
        code, status, message = "invalid_argument", 422, str(exception)
    else:
        return 500, envelope.unexpected(request_id)
    if status >= 500:
        return status, envelope.unexpected(request_id)
    return status, envelope.failure(request_id, "", [ExchangeError(code, message)])
