from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Integers, vectors


@dataclass(frozen=True)
class RfmScores:
    """Recency, frequency and monetary marks of each customer, 1 (worst) to 5 (best)."""

    recency: Integers
    frequency: Integers
    monetary: Integers

    @property
    def cell(self) -> Integers:
        """The three marks as one number: 555 is best, 111 worst (n,)."""
        return self.recency * 100 + self.frequency * 10 + self.monetary


def rfm_scores(
    customer: ArrayLike,
    last_day: ArrayLike,
    frequency: ArrayLike,
    monetary: ArrayLike,
    own_bands: dict[str, Sequence[float]] | None = None,
) -> RfmScores:
    """Marks by fifths of the customers, or by bands of the shop's own.

    Hughes (1994), Strategic Database Marketing. Later last day, more purchases and more
    money are better.

    :param customer: keys (n,), unique; they settle ties
    :param last_day: day of the last purchase (n,), `datetime64` or a number that rises
    :param frequency: purchases of each customer (n,)
    :param monetary: value of each customer's purchases (n,), one currency
    :param own_bands: for `recency`, `frequency`, `monetary` the lowest values of bands
        2, 3, ... in rising order; recency in days since the epoch. Others are fifths.
    """
    columns = {
        "recency": _as_numbers(last_day),
        "frequency": frequency,
        "monetary": monetary,
    }
    own_bands = own_bands or {}
    unknown = own_bands.keys() - columns.keys()
    if unknown:
        raise ValueError(f"bands are given for unknown marks: {sorted(unknown)}")
    return RfmScores(
        **{
            name: bands(column, own_bands[name])
            if name in own_bands
            else quintiles(column, customer)
            for name, column in columns.items()
        }
    )


def quintiles(values: ArrayLike, keys: ArrayLike, parts: int = 5) -> Integers:
    """The fifth that each value falls in, 1 to 5 upwards (n,).

    Equal to SQL `ntile(5) OVER (ORDER BY value, key)`: sizes differ by one at most, the
    larger fifths come first, equal values are told apart by the key, and fewer than
    five customers get 1, 2, ... So every engine gives every customer the same mark.

    >>> quintiles([10, 30, 20, 20, 50, 40], [1, 2, 3, 4, 5, 6]).tolist()
    [1, 3, 1, 2, 5, 4]

    :raises ValueError: a key occurs twice, a value is missing
    """
    (values,) = vectors(values=values)
    keys = np.asarray(keys)
    if keys.shape != values.shape:
        raise ValueError("values and keys must have one length")
    rising = bool((keys[1:] > keys[:-1]).all())  # the usual case, told at once
    if not rising and np.unique(keys).size != keys.size:
        raise ValueError("keys must be unique: one row for each customer")
    if parts < 1:
        raise ValueError("parts must be 1 or more")
    size, larger = divmod(values.size, parts)
    sizes = np.full(parts, size)
    sizes[:larger] += 1
    marks = np.empty(values.size, dtype=np.int64)
    marks[np.lexsort((keys, values))] = np.repeat(np.arange(1, parts + 1), sizes)
    return marks


def bands(values: ArrayLike, lower_limits: Sequence[float]) -> Integers:
    """The band that each value falls in: 1 below the first limit, then 2, 3, ... (n,).

    >>> bands([0, 10, 99, 100], [10, 100]).tolist()
    [1, 2, 2, 3]

    :raises ValueError: limits that do not rise
    """
    (values,) = vectors(values=values)
    (limits,) = vectors(lower_limits=lower_limits)
    if (np.diff(limits) <= 0).any():
        raise ValueError("the limits of bands must rise")
    return np.searchsorted(limits, values, side="right") + 1


def _as_numbers(days: ArrayLike) -> NDArray:
    array = np.asarray(days)
    if array.dtype.kind == "M":
        if np.isnat(array).any():
            raise ValueError("last_day is missing")
        return array.astype("datetime64[D]").astype(np.int64)
    return array
