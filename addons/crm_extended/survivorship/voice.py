"""What one record of one source says about a customer."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Voice:
    """One record's values, with what speaks for believing them.

    :param key: tells voices apart; comparable with every other voice's key
    :param values: field -> value; a field that is missing is one it does not speak of
    :param trust: of its source, 0 to 100
    :param observed: when each value was first said, field -> seconds since the epoch
    :param source: voices of one source count as one where frequency decides
    :param manual: entered by a person here: an empty value is then a statement, too
    """

    key: tuple
    values: Mapping[str, object]
    trust: int = 0
    observed: Mapping[str, float] = field(default_factory=dict)
    source: Hashable = None
    manual: bool = False

    def speaks(self, fields: Sequence[str]) -> bool:
        """Whether it says anything about these fields.

        >>> Voice((1,), {"phone": ""}).speaks(["phone"])
        False
        >>> Voice((1,), {"phone": ""}, manual=True).speaks(["phone"])
        True
        """
        return any(
            name in self.values and (self.manual or is_filled(self.values[name]))
            for name in fields
        )

    def last_observed(self, fields: Sequence[str]) -> float:
        """When it last said something new about these fields."""
        times = (self.observed.get(name, 0.0) for name in fields if name in self.values)
        return max(times, default=0.0)

    def content(self, fields: Sequence[str]) -> tuple:
        """Its values in comparable form; two voices with one content agree."""
        return tuple(canonical(self.values.get(name)) for name in fields)

    def contradicts(self, other: "Voice", fields: Sequence[str]) -> bool:
        """Whether the two differ on a field of which both say something."""
        return any(
            is_filled(self.values.get(name))
            and is_filled(other.values.get(name))
            and canonical(self.values[name]) != canonical(other.values[name])
            for name in fields
        )


def is_filled(value) -> bool:
    """No and 0 are values; nothing, False of a text and blanks are none.

    >>> is_filled(0), is_filled(" "), is_filled(None)
    (True, False, False)
    """
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def canonical(value):
    """One form for spellings that differ only in case or blanks.

    >>> canonical("  Jana  NOVÁKOVÁ") == canonical("Jana Nováková")
    True
    """
    if isinstance(value, str):
        return " ".join(value.split()).casefold() or None
    return value
