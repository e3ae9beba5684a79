"""Codes of referral links: short to type, impossible to guess; and where links lead."""

import re
import secrets

# Without 0 O 1 I L U: read over the telephone they are mistaken for each other
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12  # 30 ** 12 codes, 59 bits
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_\-.~%?=&+]*")


def make() -> str:
    """A new code.

    >>> is_code(make())
    True
    """
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


def clean(text) -> str | None:
    """A code as it was typed, in one spelling, or None for anything else.

    >>> clean(" abcd-efgh-jkmn ")
    'ABCDEFGHJKMN'
    >>> clean("../../etc"), clean(None)
    (None, None)
    """
    if not isinstance(text, str) or len(text) > 64:
        return None
    code = re.sub(r"[\s-]", "", text).upper()
    return code if is_code(code) else None


def is_code(text: str) -> bool:
    return bool(_CODE.fullmatch(text))


def is_local(path) -> bool:
    """Whether a path stays on our own site.

    >>> is_local("/shop?from=friend"), is_local("//evil.example"), is_local("/\\\\evil")
    (True, False, False)
    """
    return isinstance(path, str) and len(path) < 500 and bool(_PATH.fullmatch(path))
