"""How much of what was earned a programme may still give."""

from collections.abc import Iterable
from dataclasses import dataclass

from .points import round_down


@dataclass(frozen=True)
class Cap:
    """Room that is left under a limit, in points. Below zero it is used up."""

    code: str
    room: float


def clip(points: float, caps: Iterable[Cap]) -> tuple[float, Cap | None]:
    """Points that may be given, and the limit that took the others, if one did.

    >>> clip(240, [Cap("budget", 1000), Cap("customer", 100.5)])
    (100.5, Cap(code='customer', room=100.5))
    >>> clip(240, [Cap("budget", 240)])
    (240, None)
    >>> clip(240, [Cap("budget", -3)])
    (0.0, Cap(code='budget', room=-3))
    """
    tightest = min(caps, key=lambda cap: cap.room, default=None)
    if tightest is None or tightest.room >= points:
        return points, None
    return max(round_down(tightest.room), 0.0), tightest
