from odoo.http import request

from ...exchange.target import Door, rpc_door


def current_door() -> Door | None:
    """The door of the call that runs; None in a job or another process of our own."""
    return rpc_door.get() or (
        getattr(request, "exchange_door", None) if request else None
    )
