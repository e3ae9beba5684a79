"""Who may decide what, up to which amount."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

DISCOUNT, CREDIT, REFUND = "discount", "credit", "refund"
TOLERANCE = 0.005  # half a hundredth: what rounding to two digits makes of a number


@dataclass(frozen=True, slots=True)
class Authority:
    """A group of people may decide on one kind of thing up to a limit.

    :param kind: `discount` (percent), `credit` or `refund` (company currency)
    """

    kind: str
    group_id: int
    limit: float


def exceeds(asked: float, limit: float) -> bool:
    """Whether more is asked than allowed, beyond what rounding explains.

    >>> exceeds(10.004, 10), exceeds(10.01, 10)
    (False, True)
    """
    return asked > limit + TOLERANCE


def own_limit(
    authorities: Iterable[Authority], kind: str, groups: Collection[int], base: float
) -> float:
    """What somebody in `groups` decides alone: the policy's base, or more by right.

    >>> rights = [Authority("discount", 1, 15), Authority("discount", 2, 25)]
    >>> own_limit(rights, "discount", {1}, 10), own_limit(rights, "discount", {}, 10)
    (15, 10)
    """
    limits = [a.limit for a in authorities if a.kind == kind and a.group_id in groups]
    return max([base, *limits])


def deciders(
    authorities: Iterable[Authority], kind: str, asked: float
) -> tuple[int, ...]:
    """Groups that may decide on what is asked, those with the least right first.

    A decision belongs to the lowest level that may take it.

    >>> rights = [Authority("discount", 2, 25), Authority("discount", 1, 15)]
    >>> deciders(rights, "discount", 12), deciders(rights, "discount", 40)
    ((1, 2), ())
    """
    able = [a for a in authorities if a.kind == kind and not exceeds(asked, a.limit)]
    able.sort(key=lambda a: (a.limit, a.group_id))
    return tuple(dict.fromkeys(a.group_id for a in able))
