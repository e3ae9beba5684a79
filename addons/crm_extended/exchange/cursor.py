"""A client's place in the feed, signed so that it can be trusted when it returns.

The server keeps nothing per client: the cursor says it all. `position` is the feed's
own number, `count` how many items this client has been given, which numbers its items
without gaps even when records outside its scope were left out.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, replace

from .errors import ExchangeError

SNAPSHOT, CHANGES = "snapshot", "changes"
MAX_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Cursor:
    """:param epoch: life of the database in which `position` means something
    :param client: id of the client it was given to
    :param scope: fingerprint of what the client may read of `entities`
    :param phase: `snapshot` (first load) or `changes`
    :param position: feed number up to which all was given, or will be by the snapshot
    :param count: items given so far
    :param entity: snapshot only: index of the entity being read
    :param after: snapshot only: id of the last record given
    :param replay: how often our operator had set the client back when it was given
    """

    epoch: str
    client: int
    scope: str
    entities: tuple[str, ...]
    phase: str
    position: int
    count: int = 0
    entity: int = 0
    after: int = 0
    replay: int = 0

    def moved(self, **changes) -> "Cursor":
        return replace(self, **changes)

    def token(self, secret: bytes) -> str:
        """The cursor as opaque text of URL-safe characters."""
        body = json.dumps(list(asdict(self).values()), separators=(",", ":")).encode()
        return f"{_pack(body)}.{_pack(_sign(body, secret))}"


def read(token: str, secret: bytes) -> Cursor:
    """The cursor in a token that we signed.

    :raises ExchangeError: `cursor_invalid` for anything we did not hand out
    """
    try:
        if not isinstance(token, str) or len(token) > MAX_LENGTH:
            raise ValueError
        body, signature = (_unpack(part) for part in token.split("."))
        if not hmac.compare_digest(signature, _sign(body, secret)):
            raise ValueError
        epoch, client, scope, entities, *place = json.loads(body)
        return Cursor(epoch, client, scope, tuple(entities), *place)
    except (ValueError, TypeError, binascii.Error) as error:
        raise ExchangeError(
            "cursor_invalid",
            "The cursor is not one that this server gave out: send the last one "
            "unchanged, or pull without a cursor to load everything again.",
            path="cursor",
        ) from error


def check(
    cursor: Cursor, *, client: int, epoch: str, scope: str, head: int, floor: int
):
    """Refuse a cursor that would skip or repeat changes without anyone noticing.

    :param head: number of the newest change
    :param floor: number of the oldest change that is still kept, minus one
    :raises ExchangeError: `cursor_foreign`, `_epoch`, `_scope`, `_future`, `_expired`
    """
    again = "Pull without a cursor to load everything again."
    if cursor.client != client:
        raise _refused("cursor_foreign", "The cursor belongs to another client.")
    if cursor.epoch != epoch:
        raise _refused(
            "cursor_epoch", f"The database was restored or moved since. {again}"
        )
    if cursor.scope != scope:
        raise _refused(
            "cursor_scope", f"What this client may read has changed since. {again}"
        )
    if cursor.position > head:
        raise _refused(
            "cursor_future", f"The cursor is ahead of the newest change. {again}"
        )
    if cursor.position < floor:
        raise _refused(
            "cursor_expired", f"Changes after this cursor are no longer kept. {again}"
        )


def fingerprint(*parts) -> str:
    """A short digest of JSON-able parts.

    >>> fingerprint("a", 1) == fingerprint("a", 1), fingerprint("a") == fingerprint("b")
    (True, False)
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _refused(code, message):
    return ExchangeError(code, message, path="cursor")


def _sign(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"crm.exchange.cursor\0" + body, hashlib.sha256).digest()[
        :16
    ]


def _pack(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unpack(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _pack(raw) != text:  # spare bits: one cursor, one spelling
        raise ValueError
    return raw
