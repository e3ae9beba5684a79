"""What can go wrong, told apart by what the caller can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Any fault that this package reports; the message says what to do."""


class SettingsError(ClientError):
    """The settings are incomplete or unsafe."""


class Unreachable(ClientError):
    """No answer came: whether the call was carried out is not known.

    Repeating it is safe, because every call of this package is idempotent.
    """


class Unauthorized(ClientError):
    """The login or key is wrong, expired or revoked; repeating does not help."""


class ContractBroken(ClientError):
    """The server answered something that it promises never to answer."""


class Unfit(ClientError):
    """A value that the wire cannot carry, found before anything was sent."""


class StoreBusy(ClientError):
    """Another process works with the same store at the same time."""


class Refused(ClientError):
    """The server understood the call and refused it; nothing was changed.

    :ivar code: what a program acts on, such as `cursor_expired`
    :ivar path: the place of the fault, such as `rows[3].set.email`
    :ivar retry_after: seconds to wait before the same call is worth repeating
    """

    def __init__(self, error: Mapping[str, Any], request_id: str = "") -> None:
        self.code = str(error.get("code", "unexpected"))
        self.retryable = bool(error.get("retryable"))
        self.retry_after = _seconds(error.get("retry_after_s"))
        self.path = str(error.get("path", ""))
        self.reason = str(error.get("message", ""))
        self.expected = str(error.get("expected", ""))
        self.got = str(error.get("got", ""))
        self.request_id = request_id
        super().__init__(self._text())

    def _text(self) -> str:
        parts = [f"{self.code}: {self.reason}"]
        for title, value in (
            ("at", self.path),
            ("expected", self.expected),
            ("got", self.got),
            ("request", self.request_id),
        ):
            if value:
                parts.append(f"{title} {value}")
        return "; ".join(parts)


def _seconds(value: object) -> float:
    """
    >>> _seconds("2"), _seconds(None), _seconds("soon"), _seconds(-3)
    (2.0, 0.0, 0.0, 0.0)
    """
    try:
        return max(float(str(value)), 0.0)
    except ValueError:
        return 0.0
