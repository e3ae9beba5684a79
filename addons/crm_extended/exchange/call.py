"""What one call of a service is about: noted while it runs, written when it ends."""

import time
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

_current: ContextVar["Call | None"] = ContextVar("exchange_call", default=None)
_credential: ContextVar[int] = ContextVar("exchange_credential", default=0)
WHOLE = -1  # acting for a client as a whole, whatever key the running call came with


@dataclass(slots=True)
class Touch:
    """Records of an entity that a call read or changed.

    :param verb: `read`, `create`, `update`, `delete`, `merge`, `erase` or a method's
        name
    :param fields: names of exchanged fields, never their values
    :param count: number of records
    """

    verb: str
    entity: str = ""
    fields: tuple[str, ...] = ()
    count: int = 0


@dataclass(slots=True)
class Call:
    """One call by a client.

    :param request_id: told to the client in the envelope, found in log and audit
    :param meter: what is left of rate and quota, as of the beginning
    :param caller: (login, client) by ids, as soon as it was looked up
    """

    method: str
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    touches: list[Touch] = field(default_factory=list)
    meter: dict = field(default_factory=dict)
    caller: tuple[int, int] = (0, 0)
    started: float = field(default_factory=time.monotonic)

    def note(self, verb: str, entity: str, fields, count: int) -> None:
        """Add to what is noted; the same fields of an entity are one line."""
        names = tuple(sorted(set(fields)))
        for touch in self.touches:
            if (touch.verb, touch.entity, touch.fields) == (verb, entity, names):
                touch.count += count
                return
        self.touches.append(Touch(verb, entity, names, count))

    @property
    def rows(self) -> int:
        """Records read or changed so far; what the daily quota counts."""
        return sum(touch.count for touch in self.touches)


def current() -> Call | None:
    """The call that runs in this thread, None outside of one (such as in a job)."""
    return _current.get()


@contextmanager
def running(method: str):
    """Make a new call the current one."""
    call = Call(method)
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def credential() -> int:
    """Id of the key in whose name work goes on; 0 for none, `WHOLE` for all keys."""
    return _credential.get()


@contextmanager
def acting(credential_id: int):
    """Let what follows be limited to the scope of this key, as its own calls are."""
    token = _credential.set(credential_id or 0)
    try:
        yield
    finally:
        _credential.reset(token)


_inside: ContextVar[bool] = ContextVar("exchange_inside", default=False)


def is_inside() -> bool:
    """Whether the server itself calls in a client's name, so from no address."""
    return _inside.get()


@contextmanager
def inside():
    """Calls in here come from the server: file transfers, the console of the portal.

    The web request that carries a job or a page says nothing of the client's address.
    """
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)
