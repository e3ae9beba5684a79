"""Is something more frequent in a group than outside it?"""

import math
from dataclasses import dataclass

from .distribution import normal_two_sided

LEAST_EXPECTED = 5  # below it the normal approximation says nothing (Cochran 1954)


@dataclass(frozen=True)
class Share:
    """How often something is met in a group, among all, and whether that is chance.

    `index` is 100 where the group is as all are, 200 where it has twice as many; None
    when nobody has it. `z` and `p` compare the group with those outside it, two groups
    that do not overlap; None where the numbers are too small to tell.
    """

    inside: int
    inside_total: int
    base: int
    base_total: int
    z: float | None
    p: float | None

    @property
    def inside_share(self) -> float:
        return self.inside / self.inside_total if self.inside_total else 0.0

    @property
    def base_share(self) -> float:
        return self.base / self.base_total if self.base_total else 0.0

    @property
    def index(self) -> float | None:
        return 100 * self.inside_share / self.base_share if self.base_share else None


def compare_share(inside: int, inside_total: int, base: int, base_total: int) -> Share:
    """Compare a share of a group with the share of all, the group included.

    Two-proportion z test with the pooled share, of the group against the rest.

    :raises ValueError: the group is no part of the base
    """
    rest, rest_total = base - inside, base_total - inside_total
    if not 0 <= inside <= inside_total or not 0 <= rest <= rest_total:
        raise ValueError("the group is no part of the base")
    z = p = None
    pooled = base / base_total if base_total else 0.0
    smallest = min(inside_total, rest_total) * min(pooled, 1 - pooled)
    if smallest >= LEAST_EXPECTED:
        spread = pooled * (1 - pooled) * (1 / inside_total + 1 / rest_total)
        z = (inside / inside_total - rest / rest_total) / math.sqrt(spread)
        p = normal_two_sided(z)
    return Share(inside, inside_total, base, base_total, z, p)
