"""RFM and lifetime value of all customers, against pandas and `lifetimes`."""

import pandas as pd

from .. import lifetimes_like
from ..bench import Bench, require
from ..databases import environment
from ..measure import Result, seconds

PURCHASES = """
    SELECT move.commercial_partner_id AS customer, move.invoice_date AS day,
           -line.balance::float8 AS value
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
     WHERE line.parent_state = 'posted' AND line.display_type = 'product'
       AND move.move_type IN ('out_invoice', 'out_refund')
       AND move.company_id = %(company)s AND move.invoice_date <= %(day)s
     UNION ALL
    SELECT customer.commercial_partner_id, sale.date_order::date,
           line.price_subtotal::float8
      FROM sale_order_line line JOIN sale_order sale ON sale.id = line.order_id
      JOIN res_partner customer ON customer.id = sale.partner_id
     WHERE line.state = 'sale' AND line.display_type IS NULL
       AND line.untaxed_amount_invoiced = 0
       AND sale.company_id = %(company)s AND sale.date_order::date <= %(day)s
     UNION ALL
    SELECT partner_id, date, amount_company::float8
      FROM crm_purchase
     WHERE company_id = %(company)s AND date <= %(day)s
"""


def run(bench: Bench) -> list[Result]:
    """The whole computation, stored and judged; and the same work without storing."""
    with environment(bench.database) as env:
        require(env, "crm.score.run", "crm.warehouse.run")
        warehouse = env["crm.warehouse"]
        if warehouse._current_version() not in warehouse._store().versions():
            env["crm.warehouse.run"]._refresh_now()  # a clone has only the pointer
            env.cr.commit()
        values = {"as_of": "2026-06-30", "refresh_segments": False}
        score_run, repeated = env["crm.score.run"].create([values, values])
        env.cr.commit()
        day = score_run.as_of
        found = {}
        computing = seconds(lambda: _compute(score_run, day), repeat=3)
        peer = seconds(lambda: found.update(_peer(env, day)), repeat=3)
        beside = seconds(lambda: _peer_beside(env, day), repeat=3)
        storing = seconds(lambda: _run(score_run))
        again = seconds(lambda: _run(repeated))
        planted = _planted(env)
        r, alpha, a, b = (score_run[f"bg_{n}"] for n in ("r", "alpha", "a", "b"))
        customers = f"{score_run.customers:,} customers"
    theirs = "pandas + numpy as `lifetimes` does, from PostgreSQL, nothing stored"
    estimates = (
        f"BG/NBD r={r:.3f} alpha={alpha:.3f} a={a:.3f} b={b:.3f}; the peer "
        f"{' '.join(f'{value:.3f}' for value in found['model'])}; planted {planted}"
    )
    goal = {"goal": ">= 10 x", "met": peer / computing >= 10}
    return [
        Result(
            "scores",
            f"RFM and CLV read and computed, {customers}",
            computing,
            theirs,
            peer,
            **goal,
            note=estimates,
        ),
        Result(
            "scores",
            f"RFM and CLV read and computed, {customers}",
            computing,
            "the same pandas + numpy, from the Parquet file of our warehouse",
            beside,
            goal="",
        ),
        Result(
            "scores",
            f"the run: also backtests, and 8 scores with evidence stored, {customers}",
            storing,
            theirs,
            peer,
            goal="",
            note=f"run again with nothing changed: {again:.1f} s",
        ),
    ]


def _compute(score_run, day):
    """What `crm.score.run` does before it judges and stores."""
    from odoo.addons.crm_analytics.estimators import BgNbd, GammaGamma, lifetime_value

    past = score_run._get_histories(day)
    score_run._get_marks(past)
    model = BgNbd().fit(past.x, past.t_x, past.T)
    spending = GammaGamma().fit(past.x, past.mean_value)
    return lifetime_value(model, spending, past.x, past.t_x, past.T, past.mean_value)


def _run(score_run):
    """:raises RuntimeError: when the run did not end well"""
    score_run._run()
    if score_run.state != "done":
        raise RuntimeError(score_run.error)
    score_run.env.cr.commit()


def _peer(env, day):
    env.cr.execute(PURCHASES, {"company": env.company.id, "day": day})
    columns = ["customer", "day", "value"]
    purchases = pd.DataFrame(env.cr.fetchall(), columns=columns)
    purchases["day"] = pd.to_datetime(purchases["day"])
    return lifetimes_like.all_scores(purchases, str(day))


def _peer_beside(env, day):
    """The peer without PostgreSQL: it finds its purchases ready in our warehouse."""
    warehouse = env["crm.warehouse"]
    path = warehouse._store().root / warehouse._current_version()
    columns = {"partner_id": "customer", "date": "day", "amount": "value"}
    purchases = pd.read_parquet(
        path / "crm_cube_purchase.parquet",
        columns=list(columns),
        filters=[("company_id", "=", env.company.id), ("date", "<=", day)],
    ).rename(columns=columns)
    purchases["day"] = pd.to_datetime(purchases["day"])
    purchases["value"] = purchases["value"].astype(float)
    return lifetimes_like.all_scores(purchases, str(day))


def _planted(env):
    env.cr.execute("SELECT r, alpha, a, b FROM bench_planted")
    return " ".join(f"{value:.3f}" for value in env.cr.fetchone())
