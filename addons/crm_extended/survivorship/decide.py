"""Strategies in order decide among the voices of one customer."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .strategies import STRATEGIES
from .voice import Voice, is_filled

# who decided when no strategy had to, or none could
ONLY, SAME, TIE = "only", "same", "tie"


class Decision(NamedTuple):
    """What is believed about a group of fields that come together.

    :param voice: the record that is believed
    :param values: field -> value; a field that nobody spoke of is missing
    :param origins: field -> the voice that its value came from
    :param rule: the strategy that settled it, or `ONLY`, `SAME`, `TIE`
    """

    voice: Voice
    values: dict[str, object]
    origins: dict[str, Voice]
    rule: str


def decide(
    voices: Iterable[Voice], fields: Sequence[str], strategies: Sequence[str]
) -> Decision | None:
    """Believe one voice about all of these fields, whatever order the voices come in.

    A strategy that leaves several contents hands them to the next. When all have
    spoken, the higher trust, then the newer, then the smaller key settles the tie.

    :return: None when nobody says anything

    >>> till = Voice((1,), {"phone": "1"}, trust=70)
    >>> web = Voice((2,), {"phone": "2"}, trust=60)
    >>> decide([web, till], ["phone"], ["trust"]).values
    {'phone': '1'}
    """
    heard = [voice for voice in voices if voice.speaks(fields)]
    if not heard:
        return None
    heard.sort(key=lambda v: (-v.trust, -v.last_observed(fields), v.key))
    left, rule = _narrow(heard, fields, strategies)
    return _make_decision(left[0], heard, fields, rule)


def _narrow(heard, fields, strategies):
    if len(heard) == 1:
        return heard, ONLY
    left, rule = heard, SAME
    contents = _count(left, fields)
    for name in strategies:
        if contents == 1:
            break
        left = STRATEGIES[name](left, fields)
        fewer = _count(left, fields)
        if fewer < contents:
            contents, rule = fewer, name
    return left, rule if contents == 1 else TIE


def _count(voices, fields):
    return len({voice.content(fields) for voice in voices})


def _make_decision(winner, heard, fields, rule):
    """All comes from the winner; its gaps from those who agree with all it says.

    A gap that only those fill whom it contradicts is emptied: a country of one address
    under the street of another would be an address that nobody ever gave.
    """
    values, origins = {}, {}
    agreeing = [
        v for v in heard if v is not winner and not v.contradicts(winner, fields)
    ]
    for name in fields:
        origin = _find_origin(name, winner, agreeing)
        if origin:
            values[name], origins[name] = origin.values[name], origin
        elif name in winner.values or any(
            is_filled(voice.values.get(name)) for voice in heard
        ):
            values[name], origins[name] = winner.values.get(name), winner
    return Decision(winner, values, origins, rule)


def _find_origin(name, winner, agreeing):
    if is_filled(winner.values.get(name)):
        return winner
    if name in winner.values and winner.manual:
        return winner
    return next((v for v in agreeing if is_filled(v.values.get(name))), None)
