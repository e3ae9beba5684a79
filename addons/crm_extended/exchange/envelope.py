"""One shape for every answer, so that a client needs one reader for all methods."""

from collections.abc import Iterable, Mapping

from .errors import ExchangeError
from .wire import MAX_BODY, MAX_DEPTH, MAX_STRING

API = "1.0"
MAX_PAGE = 1000
MAX_KEYS = 500
MAX_ROWS = 500  # of a push
MAX_PART = 5000  # rows of a part of a bulk job
LIMITS = {
    "page": MAX_PAGE,
    "keys": MAX_KEYS,
    "rows": MAX_ROWS,
    "part_rows": MAX_PART,
    "string_bytes": MAX_STRING,
    "nesting": MAX_DEPTH,
    "body_bytes": MAX_BODY,
}


def success(request_id: str, epoch: str, data: Mapping) -> dict:
    """The answer of a call that did what it was asked for."""
    return _envelope(True, request_id, epoch, data, [])


def failure(request_id: str, epoch: str, errors: Iterable[ExchangeError]) -> dict:
    """The answer of a refused call; `data` is empty and nothing was changed."""
    return _envelope(False, request_id, epoch, {}, [e.as_dict() for e in errors])


def unexpected(request_id: str, epoch: str = "") -> dict:
    """The answer to a fault of ours: its details are in the server's log only."""
    error = ExchangeError(
        "unexpected",
        "The server failed. Nothing was changed. Report the request id if it persists.",
        retry_after=60,
    )
    return failure(request_id, epoch, [error])


def busy(request_id: str, epoch: str = "") -> dict:
    """The answer when too many others wrote the same records at the same time."""
    error = ExchangeError("busy", "The server is busy: try again.", retry_after=5)
    return failure(request_id, epoch, [error])


def _envelope(ok, request_id, epoch, data, errors) -> dict:
    return {
        "ok": ok,
        "request_id": request_id,
        "api": API,
        "epoch": epoch,
        "data": dict(data),
        "errors": errors,
        "limits": LIMITS,
    }
