"""The purchases of CDNOW's customers of 1997, the literature's own test data."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[1] / "data"
CUT_OFF, END = "1997-09-30", "1998-06-30"


@dataclass(frozen=True)
class Purchases:
    customer: NDArray[np.int64]
    day: NDArray[np.datetime64]
    value: NDArray[np.float64]


@cache
def load(name: str) -> Purchases:
    """`sample` (2,357 customers) or `master` (all 23,570)."""
    lines = (DATA / f"CDNOW_{name}.txt").read_text().splitlines()
    rows = [line.split() for line in lines]
    rows = [row for row in rows if row and row[0].isdigit()]
    days = [f"{row[-3][:4]}-{row[-3][4:6]}-{row[-3][6:]}" for row in rows]
    return Purchases(
        customer=np.array([int(row[0]) for row in rows]),
        day=np.array(days, dtype="datetime64[D]"),
        value=np.array([float(row[-1]) for row in rows]),
    )
