"""When a message that failed is sent again, and when it is given up."""

import random

ATTEMPTS = 12  # then the message is a dead letter
FIRST = 30  # seconds before the second attempt
FACTOR = 3
LONGEST = 12 * 3600
ASKED_MOST = 24 * 3600  # as long as a receiver may ask us to wait


def pause(attempt: int, asked: int = 0, chance=random.random) -> int:
    """Seconds to wait after this attempt failed: exponential, half of it by chance.

    Jitter, because receivers that fell together must not be called together when they
    are back. All attempts together span about two days.

    :param attempt: how many were made, from 1
    :param asked: seconds that the receiver asked for in `Retry-After`

    >>> [pause(n, chance=lambda: 1.0) for n in (1, 2, 3, 6, 9)]
    [30, 90, 270, 7290, 43200]
    >>> pause(1, chance=lambda: 0.0), pause(1, asked=3600), pause(1, asked=10**9)
    (15, 3600, 86400)
    """
    longest = min(FIRST * FACTOR ** (attempt - 1), LONGEST)
    waited = round(longest * (0.5 + 0.5 * chance()))
    return max(waited, min(asked, ASKED_MOST))
