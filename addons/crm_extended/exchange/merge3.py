"""Three-way merge of one record, field by field.

A field has three values: the *base* that both sides last agreed on, *mine* that the
partner sends, and *theirs* that stands here. Whoever moved away from the base made a
change; when only one side did, it wins without asking. Only when both did, and not to
the same value, somebody must decide.
"""

from collections.abc import Mapping
from typing import NamedTuple

from .digest import Digests


class Merged(NamedTuple):
    """What becomes of the fields that were sent.

    :param take: changed by the partner alone: to be written
    :param keep: changed here alone: what was sent is out of date
    :param same: both have the same value
    :param contested: changed on both sides: field -> (base or None, mine, theirs)
    """

    take: dict[str, object]
    keep: dict[str, object]
    same: dict[str, object]
    contested: dict[str, tuple]


class Base:
    """The last agreement, as values, as digests of values, or not known at all.

    :param values: field -> value
    :param digests: of the values of all fields that the partner was shown
    """

    def __init__(self, values: Mapping | None = None, digests: Digests | None = None):
        self._values = values
        self._digests = digests

    def says(self, name: str, value: object) -> bool | None:
        """Whether this was the agreed value; None when nothing was agreed on."""
        if self._values is not None and name in self._values:
            return is_same(self._values[name], value)
        if self._digests is not None:
            return self._digests.says(name, value)
        return None

    def value(self, name: str) -> object:
        """The agreed value, None when it is empty or only its digest is known."""
        return (self._values or {}).get(name)


UNKNOWN = Base()


def merge(base: Base, mine: Mapping, theirs: Mapping) -> Merged:
    """Decide for each field of `mine`; an empty value is None in all three.

    >>> agreed = Base({"city": "Praha", "zip": "1", "phone": "5"})
    >>> merged = merge(agreed, {"city": "Brno", "zip": "1", "phone": "6"},
    ...                {"city": "Praha", "zip": "2", "phone": "7"})
    >>> merged.take, merged.keep, merged.contested
    ({'city': 'Brno'}, {'zip': '1'}, {'phone': ('5', '6', '7')})
    """
    merged = Merged({}, {}, {}, {})
    for name, value in mine.items():
        here = theirs.get(name)
        if is_same(value, here):
            merged.same[name] = value
        elif base.says(name, here):
            merged.take[name] = value
        elif base.says(name, value):
            merged.keep[name] = value
        else:
            merged.contested[name] = (base.value(name), value, here)
    return merged


def is_same(one: object, other: object) -> bool:
    """Equal as the wire has them; nothing, "" and a missing value are one.

    >>> is_same(None, ""), is_same(False, None), is_same(1, True)
    (True, False, False)
    """
    if one is None or one == "":
        return other is None or other == ""
    return type(one) is type(other) and one == other
