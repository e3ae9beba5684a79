"""Signatures of webhooks as Standard Webhooks says (standardwebhooks.com, v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import ClientError

TOLERANCE = 5 * 60


class WrongSignature(ClientError):
    """The message is not from the server, was changed, or is too old: answer 401."""


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    now: float | None = None,
    tolerance: int = TOLERANCE,
) -> Any:
    """The message in a signed body; only what this returns may be believed.

    :param headers: of the request: `webhook-id`, `-timestamp` and `-signature`
    :param secrets: `whsec_...`; the old and the new one while the secret is changed
    :param tolerance: seconds that the message's time may differ from now, so that an
        overheard message cannot be replayed later. Within it, keep the `webhook-id`s
        you have seen and ignore repetitions.
    :raises WrongSignature: whenever anything is amiss
    """
    found = {name.lower(): value for name, value in headers.items()}
    message, stamp = found.get("webhook-id", ""), found.get("webhook-timestamp", "")
    if not message or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise WrongSignature("webhook-id or webhook-timestamp is missing or wrong")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance:
        raise WrongSignature("the message is too old, or the clock is wrong")
    given = [
        part[3:].encode()
        for part in found.get("webhook-signature", "").split(" ")
        if part.startswith("v1,")
    ]
    signed = f"{message}.{stamp}.".encode() + body
    names = [secrets] if isinstance(secrets, str) else list(secrets)
    right = [sign(signed, secret) for secret in names]
    # no early end: the time must not tell which part fitted
    fits = [hmac.compare_digest(one, other) for one in given for other in right]
    if not any(fits):
        raise WrongSignature("the signature does not fit")
    try:
        return json.loads(body)
    except ValueError as error:
        raise WrongSignature("the body is no JSON") from error


def sign(signed: bytes, secret: str) -> bytes:
    """Base64 of the HMAC-SHA256 with the key inside `whsec_...`."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ClientError("the secret is not of the form whsec_<base64>") from None
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
