"""Which level a member is on next: up at once, down late and one step at a time."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Step:
    """The level from now on, counted from 1 (0: none), and why.

    :param code: `joined`, `promoted`, `stays` (fits), `kept` (fits less, but the time
        to keep runs), `landed` (one down, though less fits), `lowered`, `left`
    :param renewed: a new time to keep begins
    """

    rank: int
    code: str
    renewed: bool


def step(
    rank: int,
    fits: int,
    keep_until: date | None,
    today: date,
    *,
    soft: bool = True,
    grace_days: int = 0,
) -> Step:
    """The next level of a member; `SQL` in the models must answer the same.

    :param rank: level now, 0 when not a member
    :param fits: highest level whose rules hold today
    :param keep_until: last day that the level is kept for, None for no end

    >>> step(3, 1, date(2026, 12, 31), date(2027, 1, 1)).rank
    2
    >>> step(3, 1, date(2026, 12, 31), date(2026, 12, 31)).code
    'kept'
    """
    if fits > rank:
        return Step(fits, "promoted" if rank else "joined", True)
    if fits == rank:
        return Step(rank, "stays", bool(rank))
    late = keep_until is not None and (today - keep_until).days > grace_days
    if not late:
        return Step(rank, "kept", False)
    if soft and rank - 1 > fits:
        return Step(rank - 1, "landed", True)
    return Step(fits, "lowered" if fits else "left", bool(fits))
