"""How long and how often a call is repeated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Patience:
    """Exponential back-off with full jitter, never sooner than the server asks.

    Jitter keeps a hundred branches from coming back in the same second after an outage
    (Brooker 2015, "Exponential Backoff And Jitter").

    :param total: seconds after which a call is given up; 0 never repeats
    :param first: longest wait before the first repetition
    :param longest: longest wait before any other, unless the server asks for more
    """

    total: float = 300.0
    first: float = 0.5
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: random.Random = field(default_factory=random.Random)

    def wait(self, attempt: int, since: float, asked: float = 0.0) -> bool:
        """Sleep before repetition number `attempt` (from 0); False: time to give up.

        :param since: when the call was first tried, by `clock`
        :param asked: `retry_after_s` of the answer
        """
        ceiling = min(self.first * 2 ** min(attempt, 20), self.longest)
        pause = asked + self.chance.uniform(0, ceiling)
        if self.clock() - since + pause > self.total:
            return False
        self.sleep(pause)
        return True
