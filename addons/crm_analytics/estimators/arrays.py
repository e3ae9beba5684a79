"""What the estimators demand of the arrays they are given, said once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def vectors(**columns: ArrayLike) -> tuple[Floats, ...]:
    """The columns as finite float vectors of one length.

    :raises ValueError: names the column that has another length or a value that is
        missing, infinite or not a number
    """
    names = list(columns)
    arrays = [np.asarray(column, dtype=np.float64) for column in columns.values()]
    for name, array in zip(names, arrays, strict=True):
        if array.ndim != 1:
            raise ValueError(f"{name} must have one dimension, it has {array.ndim}")
        if array.size != arrays[0].size:
            raise ValueError(
                f"{name} has {array.size} rows, {names[0]} has {arrays[0].size}"
            )
        if not np.isfinite(array).all():
            row = int(np.flatnonzero(~np.isfinite(array))[0])
            raise ValueError(f"{name} is missing or infinite in row {row}")
    return tuple(arrays)


def weighted_sum(weights: Floats, values: Floats) -> float:
    """Sum of weights times values, in this thread.

    `@` would call BLAS, whose threads wait for each other on a busy machine: a fit of
    20,000 customers beside other work took 0.4 s with it and 0.02 s without.
    """
    return float(np.einsum("i,i->", weights, values))


def check_histories(x: Floats, t_x: Floats, T: Floats) -> None:
    """Refuse what no customer can have done.

    :raises ValueError: a fractional or negative count, a last purchase before the first
        or after the end of the observation, or repeat purchases without a time
    """
    rules = {
        "x must be a whole number, 0 or more": (x < 0) | (x != np.floor(x)),
        "t_x must be between 0 and T": (t_x < 0) | (t_x > T),
        "t_x must be 0 without, and above 0 with repeat purchases": (x > 0)
        != (t_x > 0),
    }
    for rule, broken in rules.items():
        if broken.any():
            raise ValueError(f"{rule}: see row {int(np.flatnonzero(broken)[0])}")


@dataclass(frozen=True)
class Groups:
    """Equal rows told once: `columns` of distinct rows, and which one each row is."""

    columns: tuple[Floats, ...]
    inverse: Integers


def group_rows(*columns: Floats) -> Groups:
    """Distinct rows of the columns, in order.

    A million customers share few distinct histories. Each column is coded first and the
    codes are combined, as sorting whole rows (`np.unique(axis=0)`) is ten times slower.
    """
    key = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        values, codes = np.unique(column, return_inverse=True)
        key = key * max(values.size, 1) + codes
        key = np.unique(key, return_inverse=True)[1]  # dense again, so never overflows
    __, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return Groups(tuple(column[first] for column in columns), inverse)
