"""Kinds of comparison: ordered levels of agreement, each as SQL and as Python.

A pair falls into the first level that holds; the last is "different". A comparison with
no value on one side says nothing, either way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .distance import edits, jaro_winkler

DIFFERENT, MISSING = "different", "missing"
Pair = Callable[[dict, dict], bool]


@dataclass(frozen=True)
class Level:
    """One degree of agreement.

    :param code: exact, close, near, ...; what people are shown is made of it
    :param sql: condition on columns with suffixes _l and _r; {jaro} is the function's
        name in the engine
    :param holds: the same of two records
    :param exact: values are equal, so a rare one may weigh more (term frequency)
    """

    code: str
    sql: str
    holds: Pair
    exact: bool = False


@dataclass(frozen=True)
class Kind:
    """How a comparison is made.

    :param levels: function of the columns that gives the levels, best first
    :param m: usual probabilities of the levels and of "different" among true matches;
        the trained ones take their place
    """

    code: str
    columns: tuple[str, ...]
    levels: Callable[..., list[Level]]
    m: tuple[float, ...]


def _equal(*columns: str) -> Level:
    sql = " AND ".join(f"{c}_l = {c}_r" for c in columns)

    def holds(left, right):
        return all(left[c] and left[c] == right[c] for c in columns)

    return Level("exact", sql, holds, exact=len(columns) == 1)


def _like(code: str, column: str, least: float) -> Level:
    def holds(left, right):
        return jaro_winkler(left[column], right[column]) >= least

    return Level(code, f"{{jaro}}({column}_l, {column}_r) >= {least}", holds)


def _edits(code: str, column: str, most: int) -> Level:
    def holds(left, right):
        return edits(left[column], right[column], most)

    return Level(code, f"{{damerau}}({column}_l, {column}_r) <= {most}", holds)


def _name(column: str) -> list[Level]:
    other = {"given": "family", "family": "given"}.get(column)
    levels = [_equal(column)]
    if other:
        sql = f"{column}_l = {other}_r"

        def swapped(left, right):
            return bool(left[column]) and left[column] == right[other]

        levels.append(Level("swapped", sql, swapped))
    else:
        levels.append(_like("close", column, 0.95))
    return [*levels, _like("near", column, 0.9), _like("far", column, 0.8)]


def _text(column: str) -> list[Level]:
    return [
        _equal(column),
        _like("close", column, 0.95),
        _like("near", column, 0.88),
    ]


def _number(column: str) -> list[Level]:
    return [_equal(column), _edits("close", column, 1), _edits("near", column, 2)]


def _short(column: str) -> list[Level]:
    return [_equal(column), _edits("close", column, 1)]


def _email(column: str) -> list[Level]:
    sql = f"split_part({column}_l, '@', 1) = split_part({column}_r, '@', 1)"

    def user(left, right):
        return left[column].split("@")[0] == right[column].split("@")[0]

    return [
        _equal(column),
        Level("user", sql, user),
        _like("close", column, 0.95),
        _like("near", column, 0.88),
    ]


def _exact(column: str) -> list[Level]:
    return [_equal(column)]


def _address(street: str, house: str, postcode: str, city: str) -> list[Level]:
    """Places nest in each other, so they are one comparison and weigh once.

    Taken as independent, street, house, postcode and city of one household would make
    one person of father and son.
    """
    same_street = f"{street}_l = {street}_r"
    like_street = f"{{jaro}}({street}_l, {street}_r) >= 0.9"
    same_house = f"{house}_l = {house}_r"
    in_zip = f"{postcode}_l = {postcode}_r"
    in_city = f"{city}_l = {city}_r"
    same_area = f"({in_zip} OR {in_city})"

    def same(column, left, right):
        return bool(left[column]) and left[column] == right[column]

    def area(left, right):
        return same(postcode, left, right) or same(city, left, right)

    def like(left, right):
        one, two = left[street], right[street]
        return bool(one and two) and jaro_winkler(one, two) >= 0.9

    def at(column, near):
        return lambda left, right: near(left, right) and same(column, left, right)

    return [
        Level(
            "exact",
            f"{same_street} AND {same_house} AND {same_area}",
            lambda a, b: same(street, a, b) and same(house, a, b) and area(a, b),
        ),
        Level(
            "close",
            f"{like_street} AND ({same_house} OR {same_area})",
            lambda a, b: like(a, b) and (same(house, a, b) or area(a, b)),
        ),
        Level(
            "near",
            f"{same_house} AND {same_area}",
            at(house, area),
        ),
        Level(
            "area",
            f"{in_zip} AND {in_city}",
            lambda a, b: same(postcode, a, b) and same(city, a, b),
        ),
        Level("city", same_area, area),
    ]


KINDS = {
    kind.code: kind
    for kind in (
        Kind("name", ("given",), _name, (0.85, 0.01, 0.05, 0.04, 0.05)),
        Kind("text", ("name",), _text, (0.8, 0.07, 0.05, 0.08)),
        Kind("number", ("vat",), _number, (0.9, 0.05, 0.02, 0.03)),
        Kind("short", ("house",), _short, (0.9, 0.05, 0.05)),
        Kind("email", ("email",), _email, (0.7, 0.05, 0.05, 0.05, 0.15)),
        Kind("exact", ("ref",), _exact, (0.9, 0.1)),
        Kind(
            "address",
            ("street", "house", "zip", "city"),
            _address,
            (0.6, 0.15, 0.05, 0.04, 0.06, 0.1),
        ),
    )
}


@dataclass(frozen=True)
class Comparison:
    """A comparison of a setting.

    :param field: its column, or "address" for the columns of an address
    :param kind: key of `KINDS`
    :param label: shown to people
    :param frequency: agreement on a rare value weighs more than on a usual one
    :param veto: a pair that differs here is never merged without a person
    """

    field: str
    kind: str
    label: str = ""
    frequency: bool = False
    veto: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return KINDS["address"].columns if self.kind == "address" else (self.field,)

    @property
    def levels(self) -> list[Level]:
        return KINDS[self.kind].levels(*self.columns)

    @property
    def codes(self) -> list[str]:
        """Codes of the levels, best first, "different" last."""
        return [level.code for level in self.levels] + [DIFFERENT]

    @property
    def missing_sql(self) -> str:
        """Condition under which the comparison says nothing."""
        sides = []
        for side in "lr":
            empty = " AND ".join(f"{c}_{side} IS NULL" for c in self.columns)
            sides.append(f"({empty})")
        return " OR ".join(sides)

    def level(self, left: dict, right: dict) -> int | None:
        """Number of the level of a pair, 0 the best; None when a value is missing."""
        for side in (left, right):
            if not any(side[column] for column in self.columns):
                return None
        for number, level in enumerate(self.levels):
            if level.holds(left, right):
                return number
        return len(self.levels)

    def shown(self, values: dict) -> str:
        """The compared values of one record, as text."""
        return " ".join(str(values[c]) for c in self.columns if values[c])
