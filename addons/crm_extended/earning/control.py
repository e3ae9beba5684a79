"""Who is in a programme's control group: drawn by a keyed hash, the same for ever.

Nobody writes the group down and nobody can choose it: without the key it cannot be told
in advance who falls into it. Each programme draws anew, so that the same people are not
left out of everything (Kohavi, Tang and Xu 2020, Trustworthy Online Controlled
Experiments, chapter 14: randomisation by hashing).
"""

import hashlib

SPAN = 1 << 32


def draw(key: str, program: int, partner: int) -> int:
    """A number from 0 to 2^32 - 1, even over partners, known only with the key."""
    text = f"{key}:{program}:{partner}:{key}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def threshold(share: float) -> int:
    """Numbers below it are in the control group.

    :param share: percent, 0 to 100
    """
    return round(min(max(share, 0.0), 100.0) / 100 * SPAN)


def is_control(key: str, program: int, partner: int, share: float) -> bool:
    """
    >>> group = [n for n in range(10_000) if is_control("k", 1, n, 10)]
    >>> 900 < len(group) < 1100
    True
    >>> wider = {n for n in range(10_000) if is_control("k", 1, n, 20)}
    >>> set(group) <= wider  # who was in stays in when the share grows
    True
    """
    return draw(key, program, partner) < threshold(share)


# The same in PostgreSQL, for whole populations: %(key)s, %(program)s, %(threshold)s
SQL_NUMBER = """
    ('x' || substr(encode(sha256(convert_to(
        %s || ':' || %s || ':' || {partner}::text || ':' || %s, 'UTF8')), 'hex'), 1, 8)
    )::bit(32)::bigint
"""
