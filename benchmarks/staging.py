"""The population's arrays as tables of the database, which all other SQL reads."""

import numpy as np

from .bulk import copy_columns
from .population import KINDS, Population, chunks


def stage(cursor, population: Population) -> None:
    """COPY the arrays; `bench_truth` and `bench_planted` stay, to check estimates."""
    cursor.execute(
        """
        CREATE TABLE bench_truth (n int, partner_id int, rate float8, leaving float8,
                                  active bool, mean_value float8);
        CREATE UNLOGGED TABLE bench_purchase (n int, customer int, day date, kind int,
                                              document int, amount numeric(12, 2));
        CREATE UNLOGGED TABLE bench_line (n int, purchase int, product int,
                                          quantity int, amount numeric(12, 2));
        CREATE TABLE bench_planted AS
            SELECT %s::float8 r, %s::float8 alpha, %s::float8 a, %s::float8 b,
                   %s::float8 p, %s::float8 q, %s::float8 v
        """,
        [
            getattr(population.planted, name)
            for name in ("r", "alpha", "a", "b", *"pqv")
        ],
    )
    tables = {
        "bench_truth": _customers(population),
        "bench_purchase": _purchases(population),
        "bench_line": _lines(population),
    }
    for table, columns in tables.items():
        size = next(iter(columns.values())).size
        numbers = {"n": np.arange(size)}
        copy_columns(
            cursor,
            table,
            (
                {name: column[part] for name, column in {**numbers, **columns}.items()}
                for part in chunks(size)
            ),
        )
        cursor.execute(f"ANALYZE {table}")


def _customers(p: Population) -> dict[str, np.ndarray]:
    return {
        "rate": p.rate,
        "leaving": p.leaving,
        "active": p.active,
        "mean_value": p.mean_value,
    }


def _purchases(p: Population) -> dict[str, np.ndarray]:
    document = np.zeros(p.customer.size, dtype=np.int64)  # number among its own kind
    for kind in range(len(KINDS)):
        document[p.kind == kind] = np.arange((p.kind == kind).sum())
    cents = np.bincount(p.purchase, weights=p.cents, minlength=p.customer.size)
    return {
        "customer": p.customer,
        "day": p.day.astype("datetime64[D]"),
        "kind": p.kind,
        "document": document,
        "amount": cents / 100,
    }


def _lines(p: Population) -> dict[str, np.ndarray]:
    return {
        "purchase": p.purchase,
        "product": p.product,
        "quantity": p.quantity,
        "amount": p.cents / 100,
    }
