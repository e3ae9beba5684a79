"""Past purchases from a file, against Odoo's own `load()`."""

import tempfile
from pathlib import Path

from ..bench import Bench, NotThere, require
from ..databases import environment
from ..measure import Result, seconds

ROWS, SAMPLE = 100_000, 2_000
TARGETS = {
    "customer": "customer_key",
    "number": "purchase_key",
    "date": "date",
    "article": "product_name",
    "quantity": "quantity",
    "amount": "amount",
}
# customers whom the source knows, so that both sides do the same: find and store
FILE = """
    SELECT 'C' || t.n AS customer, 'P' || b.n AS number, b.day AS date,
           p.name AS article, 1 AS quantity, b.amount
      FROM bench_purchase b JOIN bench_truth t ON t.n = b.customer
      JOIN bench_product p ON p.n = mod(b.n, 2000)
  ORDER BY b.n LIMIT {rows}
"""
KNOWN = """
    INSERT INTO crm_source_record (source_id, key, partner_id, received_at)
    SELECT %s, 'C' || n, partner_id, now() AT TIME ZONE 'UTC' FROM bench_truth
"""
LOADED = ["date", "product_name", "quantity", "amount", "key"]


def run(bench: Bench) -> list[Result]:
    """Seconds per row: the first time, and the same rows again."""
    with environment(bench.database) as env, tempfile.TemporaryDirectory() as folder:
        require(env, "crm.import", "crm.import.mapping")
        path = Path(folder) / "purchases.csv"
        query = FILE.format(rows=ROWS)
        with path.open("wb") as file:
            env.cr.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", file)
        mapping = _mapping(env)
        env.cr.execute(KNOWN, [mapping.source_id.id])
        rows = _rows(env, env["crm.source"].create({"name": "L", "code": "BENCHLOAD"}))
        env.cr.commit()
        counts = {}
        first = seconds(lambda: counts.update(_import(mapping, path, "created")))
        again = seconds(lambda: _import(mapping, path, "unchanged"))
        load = seconds(lambda: _load(env, rows))
    imported = counts["rows"]
    peer = f"`crm.purchase.load()`, {SAMPLE:,} rows, customers by database id"
    return [
        Result(
            "import",
            f"{imported:,} past purchases, new",
            first / imported,
            peer,
            load / SAMPLE,
            goal=">= 5 x",
            met=load / SAMPLE / (first / imported) >= 5,
            unit=" a row",
            note=f"the whole file took {first:.1f} s",
        ),
        Result(
            "import",
            f"{imported:,} past purchases, the same file again",
            again / imported,
            peer,
            load / SAMPLE,
            goal="",
            unit=" a row",
        ),
    ]


def _mapping(env):
    source = env["crm.source"].create({"name": "File", "code": "BENCHFILE"})
    return env["crm.import.mapping"].create(
        {
            "name": "Benchmark",
            "what": "purchases",
            "source_id": source.id,
            "line_ids": [
                (0, 0, {"column": column, "target": target})
                for column, target in TARGETS.items()
            ],
        }
    )


def _import(mapping, path, outcome):
    """:raises NotThere: when the import did not do what is compared"""
    done = mapping.env["crm.import"]._run_file(mapping, path)
    mapping.env.cr.commit()
    if done.state != "done" or done[f"purchase_{outcome}"] != done.row_count:
        raise NotThere(f"the import ended {done.state}: {done.error or done.problems}")
    return {"rows": done.row_count}


def _rows(env, source):
    env.cr.execute(
        f"SELECT t.partner_id, file.* FROM ({FILE.format(rows=SAMPLE)}) file "
        "JOIN bench_truth t ON 'C' || t.n = file.customer"
    )
    return [
        [str(partner), str(day), article, str(quantity), str(amount), number, source.id]
        for partner, __, number, day, article, quantity, amount in env.cr.fetchall()
    ]


def _load(env, rows):
    loaded = env["crm.purchase"].load(
        ["partner_id/.id", *LOADED, "source_id/.id"], rows
    )
    if not loaded["ids"]:
        raise NotThere(f"load() refused: {loaded['messages'][:2]}")
    env.cr.commit()
