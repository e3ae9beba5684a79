"""What a change of points is for, while Odoo's own code makes it.

Odoo writes `card.points += change` without saying why. The flow around it is known
here, kept with the cursor: a context could be sent by a client.
"""

from contextlib import contextmanager
from typing import NamedTuple

PLACE = "crm_loyalty_flows"


class Flow(NamedTuple):
    """The reason of changes made within it.

    :param name: one of the entry's flows, such as `sale`
    :param step: `confirm` and `cancel` post by themselves; else changes are taken as
        Odoo makes them
    :param pending: do points earned wait for the return period?
    """

    name: str
    step: str = ""
    document: str | None = None
    reason: str | None = None
    pending: bool = False


@contextmanager
def flow(env, *about, **named):
    flows = env.cr.cache.setdefault(PLACE, [])
    flows.append(Flow(*about, **named))
    try:
        yield
    finally:
        flows.pop()


def current(env):
    flows = env.cr.cache.get(PLACE)
    return flows[-1] if flows else None
