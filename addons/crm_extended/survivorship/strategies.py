"""Each strategy keeps, of several voices, those that it believes most.

None of them ever keeps nobody, and the order of the voices means nothing to them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from .voice import Voice, is_filled

Strategy = Callable[[list[Voice], Sequence[str]], list[Voice]]


def _keep_best(voices, rank):
    best = max(map(rank, voices))
    return [voice for voice in voices if rank(voice) == best]


def by_trust(voices: list[Voice], fields: Sequence[str]) -> list[Voice]:
    """Those of the sources that are trusted most."""
    return _keep_best(voices, lambda voice: voice.trust)


def by_date(voices: list[Voice], fields: Sequence[str]) -> list[Voice]:
    """Those who said something new last."""
    return _keep_best(voices, lambda voice: voice.last_observed(fields))


def by_completeness(voices: list[Voice], fields: Sequence[str]) -> list[Voice]:
    """Most parts filled; of equally many, the most words that are no initials.

    >>> short = Voice((1,), {"name": "J. Nováková"})
    >>> full = Voice((2,), {"name": "Jana Nováková"})
    >>> by_completeness([short, full], ["name"]) == [full]
    True
    """

    def rank(voice):
        filled = [voice.values.get(name) for name in fields]
        filled = [value for value in filled if is_filled(value)]
        texts = [value for value in filled if isinstance(value, str)]
        words = [word for text in texts for word in text.split()]
        return len(filled), sum(len(word.strip(".,")) > 1 for word in words)

    return _keep_best(voices, rank)


def by_length(voices: list[Voice], fields: Sequence[str]) -> list[Voice]:
    """The longest text; runs of blanks count as one."""

    def rank(voice):
        texts = (voice.values.get(name) for name in fields)
        texts = (text for text in texts if isinstance(text, str))
        return sum(len(" ".join(text.split())) for text in texts)

    return _keep_best(voices, rank)


def by_frequency(voices: list[Voice], fields: Sequence[str]) -> list[Voice]:
    """What most sources say; a source that says it in ten records counts once."""
    sources = defaultdict(set)
    for voice in voices:
        speaker = voice.key if voice.source is None else voice.source
        sources[voice.content(fields)].add(speaker)
    votes = Counter({content: len(who) for content, who in sources.items()})
    return _keep_best(voices, lambda voice: votes[voice.content(fields)])


def by_hand(voices: list[Voice], fields: Sequence[str]) -> list[Voice]:
    """What a person entered here, if a person did."""
    return [voice for voice in voices if voice.manual] or voices


STRATEGIES: dict[str, Strategy] = {
    "trust": by_trust,
    "newest": by_date,
    "complete": by_completeness,
    "longest": by_length,
    "frequent": by_frequency,
    "manual": by_hand,
}
