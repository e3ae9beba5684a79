"""What the face knows of a call before a method runs, and the method must know, too.

XML-RPC runs its methods with no web request in reach, so it is told here.
"""

from contextvars import ContextVar
from dataclasses import dataclass

UNKNOWN = (None, None)
rpc_target: ContextVar[tuple[str | None, str | None]] = ContextVar(
    "rpc_target", default=UNKNOWN
)


@dataclass(slots=True)
class Door:
    """Through which a call came in.

    :param address: of the caller, as told by a proxy that is trusted
    :param credential: id of the record of the key it was signed with, once proved
    :param admitted: it was counted already; Odoo may run it again after a collision
    """

    address: str = ""
    credential: int = 0
    admitted: bool = False


rpc_door: ContextVar[Door | None] = ContextVar("rpc_door", default=None)
