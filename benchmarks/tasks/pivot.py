"""A month x category pivot over the purchase cube, against Odoo's invoice report."""

from ..bench import Bench, NotThere, require
from ..databases import environment
from ..measure import Result, seconds

SETS = [(0, 1), (0,), (1,), ()]  # what the pivot view asks: cells, totals, grand total
BARE = """
    SELECT date_trunc('month', date) AS month, categ_id, SUM(amount), SUM(quantity)
      FROM crm_cube_purchase
     WHERE {where}
  GROUP BY GROUPING SETS ((month, categ_id), (month), (categ_id), ())
  ORDER BY month, categ_id
"""


def run(bench: Bench) -> list[Result]:
    """The same rows by the warehouse, by Odoo's report and by the bare engine.

    :raises NotThere: when the cube is not installed
    """
    with environment(bench.database) as env:
        require(env, "crm.cube.purchase", "crm.warehouse.run", "account.invoice.report")
        refresh = seconds(lambda: env["crm.warehouse.run"]._refresh_now())
        env.cr.commit()
        facts = env["crm.cube.purchase"].search_count([])
        invoiced = env["crm.cube.purchase"].search_count([("origin", "=", "invoice")])
        _check_equal(env)
        invoices = [("origin", "=", "invoice")]
        cube = seconds(lambda: _cube(env, invoices), repeat=9)
        report = seconds(lambda: _report(env), repeat=3)
        bare = seconds(lambda: _bare(env, "origin = 'invoice'"), repeat=9)
        whole = seconds(lambda: _cube(env, []), repeat=9)
        whole_bare = seconds(lambda: _bare(env, "true"), repeat=9)
        same = seconds(lambda: _cube(_by_postgres(env), []), repeat=1)
    rows = f"{invoiced:,} invoice lines"
    every = f"{facts:,} facts"
    goal = {"goal": ">= 20 x", "met": report / cube >= 20}
    bound = "at most 1.5 x the time"
    return [
        Result(
            "pivot",
            f"month x category, {rows}",
            cube,
            "`account.invoice.report`, same pivot",
            report,
            **goal,
            note=f"results equal; refresh of {facts:,} facts took {refresh:.1f} s",
        ),
        Result(
            "pivot",
            f"month x category, {every}",
            whole,
            "the same SELECT in PostgreSQL",
            same,
            goal=">= 20 x",
            met=same / whole >= 20,
        ),
        Result(
            "pivot",
            f"month x category, {rows}",
            cube,
            "bare DuckDB query",
            bare,
            goal=bound,
            overhead=True,
            met=cube <= 1.5 * bare,
        ),
        Result(
            "pivot",
            f"month x category, {every}",
            whole,
            "bare DuckDB query",
            whole_bare,
            goal=bound,
            overhead=True,
            met=whole <= 1.5 * whole_bare,
        ),
    ]


def _sets(month: str, category: str) -> list[list[str]]:
    return [[(month, category)[index] for index in picks] for picks in SETS]


def _cube(env, domain):
    cube = env["crm.cube.purchase"]
    measures = ["amount:sum", "quantity:sum"]
    return cube._read_grouping_sets(domain, _sets("date:month", "categ_id"), measures)


def _by_postgres(env):
    return env(context={**env.context, "cube_engine": "postgresql"})


def _report(env):
    return env["account.invoice.report"]._read_grouping_sets(
        [("state", "=", "posted"), ("move_type", "in", ("out_invoice", "out_refund"))],
        _sets("invoice_date:month", "product_categ_id"),
        ["price_subtotal:sum", "quantity:sum"],
    )


def _bare(env, where):
    warehouse = env["crm.warehouse"]
    with warehouse._store().answering(warehouse._current_version()) as cursor:
        return cursor.execute(BARE.format(where=where)).fetchall()


def _check_equal(env) -> None:
    """:raises NotThere: a comparison of different numbers is none"""

    def cells(groups):
        return {
            (month, category.id): (round(amount or 0, 2), round(quantity or 0, 2))
            for month, category, amount, quantity in groups[0]
        }

    ours = cells(_cube(env, [("origin", "=", "invoice")]))
    theirs = cells(_report(env))
    if ours != theirs:
        different = len(ours.items() ^ theirs.items())
        raise NotThere(f"the cube and the report differ in {different} cells")
