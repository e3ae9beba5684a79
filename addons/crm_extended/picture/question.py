"""What a caller may ask of the timeline, read from untrusted arguments."""

import re
from dataclasses import dataclass
from datetime import date, datetime

LARGEST = 2**31 - 1
LONGEST = 100  # characters of a search
KEYS = {"channels", "since", "until", "user_id", "person_id", "text"}
PLACE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\|([ip])\|(\d{1,10})", re.ASCII)
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class BadQuestion(ValueError):
    """An argument that cannot be meant; `args[0]` names it."""


@dataclass(frozen=True)
class Place:
    """Where a page of the timeline ended; the next one begins right after it.

    At one moment interactions come before purchases, and newer rows before older ones.

    >>> Place.parse("2026-03-01 12:00:00|p|7").text()
    '2026-03-01 12:00:00|p|7'
    """

    moment: datetime
    source: str  # i: interaction, p: purchase
    id: int

    @property
    def key(self) -> tuple:
        return self.moment, self.source == "i", self.id

    def text(self) -> str:
        return f"{self.moment:%Y-%m-%d %H:%M:%S}|{self.source}|{self.id}"

    @classmethod
    def parse(cls, text) -> "Place":
        found = PLACE.fullmatch(text) if isinstance(text, str) else None
        if not found or int(found[3]) > LARGEST:
            raise BadQuestion("before")
        try:
            return cls(datetime.fromisoformat(found[1]), found[2], int(found[3]))
        except ValueError:
            raise BadQuestion("before") from None


@dataclass(frozen=True)
class Question:
    channels: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    user_id: int | None = None
    person_id: int | None = None
    words: tuple[str, ...] = ()


def identifier(value, name: str) -> int:
    """A number that can be a record's id; True is none, though it equals 1."""
    if type(value) is not int or not 0 < value <= LARGEST:
        raise BadQuestion(name)
    return value


def read(filters, known_channels) -> Question:
    """The question in filters that a client sent.

    :param filters: dict of `KEYS`, or None; empty values ask for nothing
    :raises BadQuestion: naming what is wrong
    """
    if filters in (None, False):
        return Question()
    if not isinstance(filters, dict) or not all(isinstance(k, str) for k in filters):
        raise BadQuestion("filters")
    if unknown := set(filters) - KEYS:
        raise BadQuestion(min(unknown)[:40])
    given = {name: value for name, value in filters.items() if value}
    channels = given.get("channels", ())
    if not isinstance(channels, (list, tuple)) or not all(
        isinstance(c, str) and c in known_channels for c in channels
    ):
        raise BadQuestion("channels")
    text = given.get("text", "")
    if not isinstance(text, str):
        raise BadQuestion("text")
    return Question(
        channels=tuple(dict.fromkeys(channels)),
        since=_day(given, "since"),
        until=_day(given, "until"),
        user_id=_id(given, "user_id"),
        person_id=_id(given, "person_id"),
        words=tuple(NOT_TEXT.sub(" ", text)[:LONGEST].split()[:8]),
    )


def _id(given: dict, name: str) -> int | None:
    return identifier(given[name], name) if name in given else None


def _day(given: dict, name: str) -> date | None:
    if name not in given:
        return None
    value = given[name]
    if not isinstance(value, str) or not re.fullmatch(r"[12]\d{3}-\d\d-\d\d", value):
        raise BadQuestion(name)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadQuestion(name) from None
