"""Revisions and hashes as the server computes them, from the data stored here.

A record's revision is the start of the SHA-256 of its data as canonical JSON; a bucket
has that of its lines `id rev` in order of id. Buckets are ranges of ids: those that,
written with eight hexadecimal digits, begin with the bucket's prefix.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

DIGITS = 8


def revision(data: Mapping[str, Any]) -> str:
    """
    >>> revision({"name": "Zdeněk", "active": True})
    'ebcac04ca7c39ad5'
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def bucket(number: int, length: int) -> str:
    """Prefix of the bucket that a record is in.

    >>> bucket(70000, 5), bucket(70000, 8)
    ('00011', '00011170')
    """
    return format(number, f"0{DIGITS}x")[:length]


def hash_of(records: Iterable[tuple[int, str]]) -> str:
    """Hash of a bucket's (id, rev) in order of id."""
    found = hashlib.sha256()
    for number, rev in records:
        found.update(f"{number} {rev}\n".encode())
    return found.hexdigest()
