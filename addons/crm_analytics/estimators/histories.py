from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Floats

WEEK = 7.0


@dataclass(frozen=True)
class Histories:
    """What the models need to know of each customer, one row each, by rising key.

    `x` repeat purchase days, `t_x` and `T` in weeks from the first purchase to the last
    and to the end of observation; `first` and `last` purchase days; with values,
    `mean_value` of a repeat day (0 without repeats) and `total_value` of all days.
    """

    customers: NDArray
    x: Floats
    t_x: Floats
    T: Floats
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]
    mean_value: Floats
    total_value: Floats

    def __len__(self) -> int:
        return self.customers.size


def summarise(
    customer: ArrayLike,
    day: ArrayLike,
    until: str | np.datetime64,
    value: ArrayLike | None = None,
) -> Histories:
    """Purchases up to and including the day `until`, told by customer.

    Several purchases of one day are one purchase: people split baskets, shops split
    receipts. The first day is how we met the customer and is no repeat.

    :param customer: key of the customer of each purchase (m,), integers or text
    :param day: date of each purchase (m,), `datetime64` or ISO text
    :param until: last day of the observation
    :param value: of each purchase (m,), one currency; returns are negative
    :raises ValueError: arrays of different length, a missing date or value
    """
    customer, day, value = purchases(customer, day, value)
    until = np.datetime64(until, "D")
    seen = day <= until
    keys, codes = np.unique(customer[seen], return_inverse=True)
    days, value = day[seen].astype(np.int64), value[seen]
    order = np.lexsort((days, codes))
    codes, days, value = codes[order], days[order], value[order]
    new_customer = np.diff(codes, prepend=-1) != 0
    new_day = new_customer | (np.diff(days, prepend=0) != 0)
    start = np.flatnonzero(new_customer)
    end = np.append(start[1:], codes.size)[: start.size] - 1
    by_customer = {"minlength": keys.size}
    x = np.bincount(codes, weights=new_day, **by_customer) - 1.0
    first, last = days[start], days[end]
    on_first_day = days == first[codes]
    total = np.bincount(codes, weights=value, **by_customer)
    repeated = total - np.bincount(codes, weights=value * on_first_day, **by_customer)
    return Histories(
        customers=keys,
        x=x,
        t_x=(last - first) / WEEK,
        T=(until.astype(np.int64) - first) / WEEK,
        first=first.astype("datetime64[D]"),
        last=last.astype("datetime64[D]"),
        mean_value=np.divide(repeated, x, out=np.zeros_like(x), where=x > 0),
        total_value=total,
    )


def purchases(
    customer: ArrayLike, day: ArrayLike, value: ArrayLike | None = None
) -> tuple[NDArray, NDArray[np.datetime64], Floats]:
    """The columns as arrays of one length; a value of 0 each when none are given.

    :raises ValueError: arrays of different length, a missing date or value
    """
    customer, day = np.asarray(customer), np.asarray(day, dtype="datetime64[D]")
    value = (
        np.zeros(day.shape) if value is None else np.asarray(value, dtype=np.float64)
    )
    if not customer.shape == day.shape == value.shape or day.ndim != 1:
        raise ValueError("customer, day and value must be columns of one length")
    if np.isnat(day).any():
        raise ValueError(
            f"day is missing in row {int(np.flatnonzero(np.isnat(day))[0])}"
        )
    if not np.isfinite(value).all():
        row = int(np.flatnonzero(~np.isfinite(value))[0])
        raise ValueError(f"value is missing or infinite in row {row}")
    return customer, day, value
