"""One attempt to hand over a message: connect, send, read a status, and be gone.

Not `requests` and not `http.client`: their time limits are per read, so a receiver that
sends a byte now and then would hold the worker for ever. Here one clock runs for all.
The address that was judged is the address connected to; the name is still what the
certificate must bear (SNI) and what `Host` says. A redirect is an answer like any other
and is not followed. Of the answer only status and `Retry-After` are read.
"""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .address import PUBLIC, AddressRefused, Rules, Target, parse, resolve

SECONDS = 15.0  # for one attempt after the name is resolved
MAX_ADDRESSES = 3  # tried in turn when a machine cannot be reached
MAX_ANSWER = 16 * 1024  # bytes of status and headers
FAREWELL = 1.0  # seconds to take in the rest, so that the receiver sees no reset

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |$)")
_RETRY = re.compile(rb"^retry-after:[ \t]*([0-9]{1,9})[ \t]*$", re.I | re.M)


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt.

    :param status: HTTP status, 0 when there was none
    :param error: empty when it was taken (2xx); else `status`, `redirect`, `gone`,
        `refused` (by our rules), `name`, `connect`, `tls`, `timeout`, `answer`
    :param milliseconds: duration
    :param retry_after: seconds that the receiver asked us to wait
    :param detail: the rule that refused the address, for people
    """

    status: int = 0
    error: str = ""
    milliseconds: int = 0
    retry_after: int = 0
    detail: str = ""


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    rules: Rules = PUBLIC,
    *,
    lookup: Callable = socket.getaddrinfo,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Outcome:
    """Send a message once; never raises for anything the receiver can cause.

    :param headers: names and values of ours, ASCII without line ends
    :param lookup: as `socket.getaddrinfo`; asked exactly once
    :param context: of TLS; the system's authorities when left out
    """
    began = time.monotonic()
    try:
        status, retry = _attempt(url, headers, body, rules, lookup, context, seconds)
    except AddressRefused as error:
        code = "name" if error.code == "name" else "refused"
        outcome = Outcome(error=code, detail=error.message)
    except TimeoutError:
        outcome = Outcome(error="timeout")
    except ssl.SSLError as error:
        outcome = Outcome(error="tls", detail=getattr(error, "verify_message", ""))
    except _Unreadable:
        outcome = Outcome(error="answer")
    except OSError:
        outcome = Outcome(error="connect")
    else:
        outcome = Outcome(status, _judge(status), retry_after=retry)
    spent = round((time.monotonic() - began) * 1000)
    return Outcome(**{**outcome.__dict__, "milliseconds": spent})


def _judge(status):
    if 200 <= status < 300:
        return ""
    if status == 410:
        return "gone"
    return "redirect" if 300 <= status < 400 else "status"


class _Unreadable(Exception):
    """What came back is no answer of HTTP/1, or is too long."""


def _attempt(url, headers, body, rules, lookup, context, seconds):
    target = parse(url, rules)
    pinned = resolve(target, rules, lookup)
    ends = time.monotonic() + seconds
    with _connect(pinned, target.port, ends) as plain:
        with _secured(plain, target, context, ends) as line:
            line.settimeout(_left(ends))
            line.sendall(_request(target, headers, body))
            answer = _read_head(line, ends)
            _take_leave(line, ends)
    asked = _RETRY.search(answer)
    return int(_STATUS.match(answer)[1]), int(asked[1]) if asked else 0


def _connect(pinned, port, ends):
    """A connection to one of the addresses; no name, so nothing is resolved again."""
    for place, address in enumerate(pinned[:MAX_ADDRESSES], start=1):
        try:
            return socket.create_connection((address, port), _left(ends))
        except OSError:
            if place == min(len(pinned), MAX_ADDRESSES):
                raise


def _secured(plain, target, context, ends):
    if target.scheme == "http":
        return contextlib.nullcontext(plain)
    plain.settimeout(_left(ends))
    context = context or ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=target.host)


def _request(target: Target, headers, body):
    lines = {
        "Host": target.authority,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = f"POST {target.path} HTTP/1.1\r\n"
    for name, value in lines.items():
        if "\r" in value or "\n" in value:
            raise ValueError(f"header {name} has more than one line")
        head += f"{name}: {value}\r\n"
    return head.encode("ascii") + b"\r\n" + body


def _read_head(line, ends):
    """Status line and headers of the final answer, lines ended by line feeds."""
    got = b""
    while True:
        head, mark, rest = got.replace(b"\r\n", b"\n").partition(b"\n\n")
        if mark:
            status = _STATUS.match(head)
            if not status:
                raise _Unreadable
            if status[1] >= b"200":
                return head
            got = rest  # of 100 to 199: the answer is still to come
            continue
        if len(got) > MAX_ANSWER:
            raise _Unreadable
        line.settimeout(_left(ends))
        part = line.recv(4096)
        if not part:
            raise _Unreadable
        got += part


def _take_leave(line, ends):
    """Read what is still on its way, within reason; what it says does not matter."""
    ends, taken = min(ends, time.monotonic() + FAREWELL), 0
    with contextlib.suppress(OSError):
        while taken < MAX_ANSWER:
            line.settimeout(_left(ends))
            part = line.recv(4096)
            if not part:
                return
            taken += len(part)


def _left(ends):
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
