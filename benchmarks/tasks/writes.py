"""What our addons add to daily work: the same operations in a database without them."""

import random
import statistics
import time
from contextlib import ExitStack

from ..bench import Bench
from ..databases import environment
from ..measure import Result
from ..population import draw

ROUNDS = 60
LARGEST = 20_000  # customers; two databases are built for this task
GOAL = 1.1


def run(bench: Bench) -> list[Result]:
    """Medians of single operations with commit, in turns in both databases."""
    customers = min(bench.customers, LARGEST)
    lines = max(int(bench.lines * customers / bench.customers), 2 * customers)
    population = draw(customers, lines, bench.seed)
    names = {"plain": f"{bench.prefix}without", "suite": f"{bench.prefix}with"}
    bench.fill(names["plain"], bench.plain_template, population, 0)
    bench.fill(names["suite"], bench.suite_template, population, lines)
    works = {
        "partner write": (_partners, _write),
        "sale confirmation": (_orders, lambda order: order.action_confirm()),
        "sale confirmation with loyalty": (
            _loyal_orders,
            lambda order: order.action_confirm(),
        ),
        "invoice posting": (_invoices, lambda move: move.action_post()),
    }
    with ExitStack() as stack:
        envs = {
            kind: stack.enter_context(environment(name)) for kind, name in names.items()
        }
        for env in envs.values():
            _receive_mail(env)
            # our demo's club would give points for each order of one shop alone
            env["loyalty.program"].search([]).action_archive()
        return [
            _compare(work, envs, *steps, f"{customers:,} customers")
            for work, steps in works.items()
        ]


def _receive_mail(env):
    """Both shops have a domain for mail, which our demo data brings to one of them."""
    if not env["mail.alias.domain"].search([], limit=1):
        domain = env["mail.alias.domain"].create({"name": "shop.example"})
        env["res.company"].search([]).alias_domain_id = domain


def _compare(work, envs, prepare, do, size) -> Result:
    records = {kind: prepare(env) for kind, env in envs.items()}
    for env in envs.values():
        env.cr.commit()
    times = {kind: [] for kind in envs}
    order = random.Random(7)
    for turn in range(ROUNDS):
        for kind in order.sample(sorted(envs), len(envs)):
            record = records[kind][turn]
            record.invalidate_recordset()
            started = time.perf_counter()
            do(record)
            record.env.flush_all()
            record.env.cr.commit()
            times[kind].append(time.perf_counter() - started)
    ours, plain = (statistics.median(times[kind][5:]) for kind in ("suite", "plain"))
    return Result(
        "writes",
        f"{work}, {size}",
        ours,
        "the same without our addons",
        plain,
        goal=f"at most {GOAL} x the time",
        overhead=True,
        met=ours <= GOAL * plain,
    )


def _partners(env):
    return env["res.partner"].search([("ref", "like", "C")], limit=ROUNDS)


def _write(partner):
    partner.write({"city": f"{partner.city} 1", "phone": "+420 601 234 567"})


def _products(env):
    return env["product.product"].search([("default_code", "=like", "R0%")], limit=3)


def _orders(env):
    lines = [
        (0, 0, {"product_id": product.id, "product_uom_qty": 2, "tax_ids": False})
        for product in _products(env)
    ]
    return env["sale.order"].create(
        [{"partner_id": p.id, "order_line": lines} for p in _partners(env)]
    )


def _loyal_orders(env):
    """Orders that earn a point per unit of money on a card of their customer."""
    program = env["loyalty.program"].create(
        {
            "name": "Club",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "rule_ids": [
                (0, 0, {"reward_point_mode": "money", "reward_point_amount": 1})
            ],
        }
    )
    orders = _orders(env)
    env["loyalty.card"].create(
        [{"program_id": program.id, "partner_id": o.partner_id.id} for o in orders]
    )
    for order in orders:
        order._update_programs_and_rewards()
    return orders


def _invoices(env):
    lines = [
        (0, 0, {"product_id": product.id, "quantity": 2, "tax_ids": False})
        for product in _products(env)
    ]
    return env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-07-01",
                "invoice_line_ids": lines,
            }
            for partner in _partners(env)
        ]
    )
