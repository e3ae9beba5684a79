"""Signatures of Standard Webhooks 1.0 (standardwebhooks.com), by HMAC-SHA256.

Three lines of the standard library instead of a dependency: the suite also runs on
nothing but a distribution's own packages. The tests verify with the reference library.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32  # the standard asks for 24 to 64


def new_secret() -> str:
    """A fresh secret as the receiver stores it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def new_id() -> str:
    """The name of one message: the same at every attempt, so that it is done once."""
    return "msg_" + secrets.token_hex(16)


def sign(keys: Sequence[str], message: str, moment: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature by each live secret.

    :param keys: secrets as `new_secret` gives them, the newest first
    :param message: id of the message; holds no full stop
    :param moment: seconds since 1970 of this attempt

    >>> sign(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...      1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    if "." in message:
        raise ValueError("a full stop in the id would let the signed parts be shifted")
    signed = f"{message}.{moment}.".encode() + body
    return " ".join("v1," + _hmac(key, signed) for key in keys)


def _hmac(key, signed):
    raw = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
