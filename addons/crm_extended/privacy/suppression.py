"""Keyed hashes by which a person who asked to be forgotten is known again.

A plain hash of an e-mail address is guessed in seconds: there are few addresses. With
a secret of the database as key (HMAC-SHA256, RFC 2104) the list tells nothing to who
has only the list.
"""

import hashlib
import hmac
import re

KINDS = ("email", "phone")
_SPACES = re.compile(r"\s+")
_NO_DIGITS = re.compile(r"\D+")


def plain_email(text: str | None) -> str:
    """An address as it is compared: lower case, no spaces; empty when it is none.

    >>> plain_email(" Jana.Nova@Example.COM ")
    'jana.nova@example.com'
    >>> plain_email("nobody")
    ''
    """
    text = _SPACES.sub("", text or "").lower()
    name, at, host = text.rpartition("@")
    return text if name and at and host else ""


def plain_phone(text: str | None) -> str:
    """A number as it is compared: `+` and digits, and only in international form.

    A national number belongs to nobody: the same digits are somebody else's abroad.

    >>> plain_phone("+420 601 112 233")
    '+420601112233'
    >>> plain_phone("00420 601 112 233")
    '+420601112233'
    >>> plain_phone("601 112 233")
    ''
    """
    text = (text or "").strip()
    digits = _NO_DIGITS.sub("", text)
    if text.startswith("00"):
        digits = digits[2:]
    elif not text.startswith("+"):
        return ""
    return f"+{digits}" if 7 <= len(digits) <= 15 else ""


def fingerprint(secret: bytes, kind: str, plain: str) -> str:
    """The keyed hash of a plain address, 64 hexadecimal digits; empty for an empty one.

    The kind is part of the message, so that lists of different kinds never meet.

    :raises ValueError: the secret is shorter than 32 bytes, or the kind is unknown
    """
    if len(secret) < 32:
        raise ValueError("the secret is shorter than 32 bytes")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    if not plain:
        return ""
    message = f"{kind}\0{plain}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
