"""Revisions and digests: how both sides tell that they hold the same.

A record's revision is the start of the SHA-256 of its data as canonical JSON: names
sorted, no spaces, UTF-8, nothing escaped that JSON does not require. Any client can
compute it from the `data` it stored. A bucket's hash is the SHA-256 of one line
`id rev` for each of its records, in order of id. Buckets are ranges of ids: the
records whose id, as eight hexadecimal digits, begins with the bucket's prefix.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

DIGITS = 8  # of an id in hexadecimal; ids are below 2^31


def revision(data: Mapping) -> str:
    """The revision of a record with these data, as they go over the wire.

    >>> revision({"name": "Zdeněk", "active": True})
    'ebcac04ca7c39ad5'
    """
    return sha256(canonical(data)).hexdigest()[:16]


def of_text(text: str) -> str:
    """The same of data that are canonical JSON already.

    >>> of_text('{"active":true,"name":"Zdeněk"}')
    'ebcac04ca7c39ad5'
    """
    return sha256(text.encode()).hexdigest()[:16]


def canonical(data: Mapping) -> bytes:
    """Data as the only JSON that stands for them.

    >>> canonical({"b": "é", "a": [1, True]})
    b'{"a":[1,true],"b":"\\xc3\\xa9"}'
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def bucket(res_id: int, length: int) -> str:
    """Prefix of the bucket that a record is in.

    >>> bucket(70000, 5), bucket(70000, 8)
    ('00011', '00011170')
    """
    return format(res_id, f"0{DIGITS}x")[:length]


def span(prefix: str) -> tuple[int, int]:
    """First and last id of a bucket.

    >>> span("00011")
    (69632, 73727)
    """
    rest = DIGITS - len(prefix)
    return int(prefix + "0" * rest, 16), int(prefix + "f" * rest, 16)


class Digest:
    """Count and hash of a bucket, fed in order of id."""

    __slots__ = ("count", "_hash")

    def __init__(self):
        self.count, self._hash = 0, sha256()

    def add(self, res_id: int, rev: str) -> None:
        self._hash.update(f"{res_id} {rev}\n".encode())
        self.count += 1

    def hash(self) -> str:
        return self._hash.hexdigest()


def digests(records: Iterable[tuple[int, str]], length: int) -> dict[str, Digest]:
    """{prefix: digest} of records given in order of id.

    >>> {p: d.count for p, d in digests([(1, "a"), (2, "b"), (70000, "c")], 5).items()}
    {'00000': 2, '00011': 1}
    """
    found: dict[str, Digest] = {}
    for res_id, rev in records:
        found.setdefault(bucket(res_id, length), Digest()).add(res_id, rev)
    return found
