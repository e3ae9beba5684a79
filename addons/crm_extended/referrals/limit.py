"""A limit of visits per address and minute, in the memory of one process."""

import time
from collections import OrderedDict

MOST_ADDRESSES = 10000  # the oldest is forgotten: memory stays bounded


class Limit:
    """So many visits per address in so many seconds.

    >>> clock = iter([0, 1, 2, 61]).__next__
    >>> limit = Limit(2, 60, clock)
    >>> [limit.admit("a") for _visit in range(4)]
    [True, True, False, True]
    """

    def __init__(self, most: int, seconds: float, clock=time.monotonic):
        self.most, self.seconds, self.clock = most, seconds, clock
        self.visits = OrderedDict()  # address: (start of its time, visits in it)

    def admit(self, address: str) -> bool:
        now = self.clock()
        start, count = self.visits.pop(address, (now, 0))
        if now - start >= self.seconds:
            start, count = now, 0
        self.visits[address] = (start, count + 1)
        while len(self.visits) > MOST_ADDRESSES:
            self.visits.popitem(last=False)
        return count < self.most
