"""Through which channel, at what hour and how often a customer is addressed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

NEVER, ALLOWED, PREFERRED = "never", "allowed", "preferred"
STANCES = (NEVER, ALLOWED, PREFERRED)


@dataclass(frozen=True, slots=True)
class Way:
    """What a policy says of one channel.

    :param channel: code, as consents know it: `mail`, `sms`, `call`
    :param stance: `never`, `allowed` or `preferred`
    :param start: hour of the day from which, 0 to 24
    :param end: hour of the day until which; 0 for midnight
    :param workdays: not on Saturday and Sunday
    """

    channel: str
    stance: str = ALLOWED
    start: float = 0.0
    end: float = 0.0
    workdays: bool = False

    def is_open(self, moment: datetime) -> bool:
        """Whether it may be used at a moment of the customer's own clock.

        >>> Way("call", start=9, end=17, workdays=True).is_open(
        ...     datetime(2026, 11, 22, 10))  # a Sunday
        False
        >>> Way("sms", start=22, end=6).is_open(datetime(2026, 11, 20, 23))
        True
        """
        if self.workdays and moment.weekday() >= 5:
            return False
        hour = moment.hour + moment.minute / 60 + moment.second / 3600
        end = self.end or 24.0
        if self.start < end:
            return self.start <= hour < end
        return hour >= self.start or hour < end


def judge(ways: Iterable[Way], channel: str, moment: datetime) -> str | None:
    """Why a channel may not be used now: `policy_channel`, `policy_hours`, or None.

    A policy that names any channel as allowed or preferred means only those; one that
    only forbids leaves the others alone.

    >>> ways = [Way("mail"), Way("call", start=9, end=17)]
    >>> judge(ways, "sms", datetime(2026, 11, 20, 10))
    'policy_channel'
    >>> judge(ways, "call", datetime(2026, 11, 20, 18))
    'policy_hours'
    >>> judge([Way("call", "never")], "sms", datetime(2026, 11, 20)) is None
    True
    """
    ways = list(ways)
    mine = [way for way in ways if way.channel == channel]
    if any(way.stance == NEVER for way in mine):
        return "policy_channel"
    if not mine:
        named = any(way.stance != NEVER for way in ways)
        return "policy_channel" if named else None
    if any(way.is_open(moment) for way in mine):
        return None
    return "policy_hours"
