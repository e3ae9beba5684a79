"""Which method an RPC call asks for: told by the face, read by the login's check."""

from contextvars import ContextVar

UNKNOWN = (None, None)
rpc_target: ContextVar[tuple[str | None, str | None]] = ContextVar(
    "rpc_target", default=UNKNOWN
)
