"""An order evaluated against two thousand loyalty programmes, with and without us."""

import random
import statistics
import time
from unittest.mock import patch

from odoo.fields import Command

from ..bench import Bench, NotThere, require
from ..databases import environment
from ..measure import Result
from ..population import draw

PROGRAMMES, ARTICLES, CATEGORIES, ORDERS, LINES = 2000, 2000, 400, 30, 5
GOAL = 0.1  # seconds


def run(bench: Bench) -> list[Result]:
    """A quotation seen for the first time, and again after a quantity was changed.

    The peer is Odoo's evaluation in the same database, without our filter of programmes
    that can touch the order. Both must leave the same points, or the task fails.
    """
    name = f"{bench.prefix}programmes"
    bench.fill(name, bench.suite_template, draw(200, 400, bench.seed), 0)
    with environment(name) as env:
        require(env, "crm.loyalty.stacking")
        rng = random.Random(bench.seed)
        articles = _articles(env)
        _programmes(env, articles, rng)
        orders = _orders(env, articles, rng)
        env.cr.commit()
        env.cr.execute("ANALYZE")
        kinds = {"ours": None, "odoo": _everything(env)}
        times = {kind: ([], []) for kind in kinds}
        applied = []
        for order in orders:
            outcomes = {
                kind: _measure(order, unfiltered, times[kind])
                for kind, unfiltered in kinds.items()
            }
            if outcomes["ours"] != outcomes["odoo"]:
                raise NotThere(f"other points than Odoo's on order {order.id}")
            applied.append(len(outcomes["ours"]))
    holding = statistics.mean(applied)
    size = f"{PROGRAMMES:,} programmes, {LINES} lines, {holding:.0f} hold"
    return [
        _result(work, size, times["ours"][at], times["odoo"][at])
        for at, work in enumerate(("a new quotation", "after a change"))
    ]


def _result(work, size, ours, peer):
    slow = statistics.quantiles(ours, n=20)[-1]
    return Result(
        "programmes",
        f"{work}, {size}; 95th percentile {slow * 1000:.0f} ms",
        statistics.median(ours),
        "Odoo's evaluation of all programmes",
        statistics.median(peer),
        goal="95th percentile at most 100 ms",
        met=slow <= GOAL,
    )


def _everything(env):
    """A patch that lets every programme through to Odoo, as without our addon."""
    return patch.object(
        type(env["sale.order"]), "_get_possible_programs", lambda order: None
    )


def _measure(order, unfiltered, times):
    """Two evaluations in a savepoint; the points that they leave."""
    env = order.env
    savepoint = env.cr.savepoint()
    try:
        if unfiltered:
            unfiltered.start()
        times[0].append(_seconds(order))
        line = order.order_line[0]
        line.product_uom_qty += 1
        times[1].append(_seconds(order))
        return sorted(
            (entry.coupon_id.program_id.id, entry.points)
            for entry in order.coupon_point_ids
        )
    finally:
        if unfiltered:
            unfiltered.stop()
        savepoint.close(rollback=True)
        env.invalidate_all(flush=False)


def _seconds(order):
    order.env.flush_all()
    order.env.invalidate_all()
    started = time.perf_counter()
    order._update_programs_and_rewards()
    order.env.flush_all()
    return time.perf_counter() - started


def _articles(env):
    categories = env["product.category"].create(
        [{"name": f"Bench {n}"} for n in range(CATEGORIES)]
    )
    return env["product.product"].create(
        [
            {
                "name": f"Bench {n}",
                "list_price": 5 + n % 97,
                "categ_id": categories[n % CATEGORIES].id,
                "taxes_id": False,
            }
            for n in range(ARTICLES)
        ]
    )


def _programmes(env, articles, rng):
    """Of ten four are for some articles, four for a category, two for much money."""
    env["loyalty.program"].search([]).action_archive()
    values = []
    for number in range(PROGRAMMES):
        rule = {"reward_point_mode": "order", "minimum_qty": rng.choice([0, 1, 2])}
        kind = number % 10
        if kind < 4:
            rule["product_ids"] = [Command.set(rng.sample(articles.ids, 3))]
        elif kind < 8:
            rule["product_category_id"] = rng.choice(articles).categ_id.id
        else:
            rule["minimum_amount"] = rng.choice([2000, 5000, 10_000])
        reward = {"discount": rng.randint(1, 9), "discount_mode": "percent"}
        values.append(
            {
                "name": f"Bench {number}",
                "program_type": "promotion",
                "applies_on": "current",
                "trigger": "auto",
                "rule_ids": [Command.clear(), Command.create(rule)],
                "reward_ids": [Command.clear(), Command.create(reward)],
            }
        )
    return env["loyalty.program"].create(values)


def _orders(env, articles, rng):
    partners = env["res.partner"].search([("ref", "like", "C")], limit=ORDERS)
    return env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        {"product_id": id_, "product_uom_qty": rng.randint(1, 4)}
                    )
                    for id_ in rng.sample(articles.ids, LINES)
                ],
            }
            for partner in partners
        ]
    )
