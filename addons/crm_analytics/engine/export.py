"""Arrays to the CSV that `crm.score._store` reads, by DuckDB for its speed."""

import os

import duckdb
import pyarrow
from numpy.typing import ArrayLike


def write_values(
    path: str | os.PathLike,
    customers: ArrayLike,
    values: ArrayLike,
    evidence: dict[str, ArrayLike],
) -> None:
    """Rows of (customer, value, evidence as JSON), without a header.

    :param evidence: column by name, each of the length of `customers`
    """
    table = pyarrow.table(
        {
            "customer": pyarrow.array(customers),
            "value": pyarrow.array(values),
            **{f"e{n}": pyarrow.array(v) for n, v in enumerate(evidence.values())},
        }
    )
    pairs = [
        f"'{name}': e{n}" for n, name in enumerate(evidence) if name.isidentifier()
    ]
    document = f"to_json({{{', '.join(pairs)}}})" if pairs else "NULL"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("given", table)
        connection.execute(
            f"COPY (SELECT customer, value, {document} FROM given) TO ? "
            "(FORMAT csv, HEADER false)",
            [os.fspath(path)],
        )
