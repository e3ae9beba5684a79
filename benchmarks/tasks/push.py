"""Customers pushed by a partner's system, against `load()` and creating one by one."""

import socket
import subprocess
import sys
import time
import xmlrpc.client
from contextlib import contextmanager

from ..bench import Bench, NotThere, require
from ..databases import ROOT, environment
from ..measure import Result, seconds

ROWS, BATCH, SAMPLE = 5_000, 500, 500
WRITE = {"can_create": True, "can_update": True}
COLUMNS = ["name", "email", "phone", "street", "city", "zip"]


def run(bench: Bench) -> list[Result]:
    """Seconds per row, each with its commit: new, changed in two fields, and again.

    Ours goes through the service as a call does: arguments and answer marshalled for
    XML-RPC, journal and quota written. `load()` and one of the two that create one by
    one are called in the process with nothing around them; the other is called as a
    partner's program would, over XML-RPC at a server on this machine, ours not.
    """
    with environment(bench.database) as env:
        require(env, "crm.exchange", "crm.exchange.batch", "crm.exchange.client")
        exchange, code = _client(env)
        ours = {
            "new": seconds(lambda: _push(exchange, code, "new", "created")),
            "update": seconds(lambda: _push(exchange, code, "update", "updated")),
            "unchanged": seconds(lambda: _push(exchange, code, "update", "unchanged")),
        }
        load_new = seconds(lambda: _load(env, "new"))
        load_update = seconds(lambda: _load(env, "update"))
        create = seconds(lambda: _create(env))
        with _server(bench.database) as remote:
            _create_remotely(remote, bench.database, "Warm", 5)
            called = seconds(
                lambda: _create_remotely(remote, bench.database, "Called", SAMPLE)
            )
    loaded = f"`res.partner.load()`, {SAMPLE} rows, by external id"
    remotely = f"`res.partner.create()` one by one over XML-RPC, {SAMPLE} rows"
    single = f"`res.partner.create()` with its commit, {SAMPLE} rows, in the process"
    return [
        _result("new", ours["new"], loaded, load_new, 0),
        _result("changed", ours["update"], loaded, load_update, 5),
        _result("changed", ours["update"], remotely, called, 30),
        _result("changed", ours["update"], single, create, 30),
        _result("unchanged", ours["unchanged"], loaded, load_update, 0),
    ]


def _result(work, ours, peer_name, peer, goal):
    one, other = ours / ROWS, peer / SAMPLE
    return Result(
        "push",
        f"{ROWS:,} customers, {work}, {BATCH} a call",
        one,
        peer_name,
        other,
        goal=f">= {goal} x" if goal else "",
        met=other / one >= goal if goal else None,
        unit=" a row",
        note=f"{1 / one:.0f} rows/s against {1 / other:.0f}",
    )


def _client(env):
    client = env["crm.exchange.client"].create(
        {
            "name": "Benchmark",
            "code": "BENCH-PUSH",
            "scope_ids": [(0, 0, {"entity": "customer", "field_mode": "all", **WRITE})],
        }
    )
    for name in ("rate", "burst"):  # measured is the work, not the agreed pace
        if name in client:
            client[name] = 1_000_000
    for name in ("daily_rows", "daily_matches"):
        if name in client:
            client[name] = 0
    env.cr.commit()
    return env["crm.exchange"].with_user(client.user_id), client.code


def _values(number, state, prefix):
    values = {
        "name": f"{prefix} Customer {number}",
        "email": f"{prefix.lower()}{number}@example.com",
        "phone": f"+420777{number:06}",
        "street": f"Street {number}",
        "city": f"Town {number % 97}",
        "zip": f"{10000 + number % 9000}",
    }
    if state == "update":
        values |= {"phone": f"+420776{number:06}", "city": f"Village {number % 89}"}
    return values


def _push(exchange, code, state, outcome):
    """:raises NotThere: when the rows did not become what is measured"""
    for start in range(0, ROWS, BATCH):
        rows = [
            {
                "row_id": str(number),
                "op": "upsert",
                "entity": "customer",
                "key": {"source": code, "id": f"K{number}"},
                "set": _values(number, state, "Push"),
            }
            for number in range(start, start + BATCH)
        ]
        arguments = {"batch_id": f"{outcome}-{start}", "rows": rows}
        sent = xmlrpc.client.dumps((arguments,), "push")
        [named], _method = xmlrpc.client.loads(sent)
        answer = exchange.push(**named)
        xmlrpc.client.dumps((answer,), methodresponse=True)
        exchange.env.cr.commit()
        exchange.env.invalidate_all()
        if not answer["ok"] or answer["data"]["counts"][outcome] != BATCH:
            raise NotThere(f"push: {answer['errors'] or answer['data']['counts']}")


def _load(env, state):
    """:raises NotThere: when `load` refused the rows"""
    rows = []
    for number in range(SAMPLE):
        values = _values(number, state, "Load")
        rows.append([f"bench_push.k{number}", *(values[name] for name in COLUMNS)])
    loaded = env["res.partner"].load(["id", *COLUMNS], rows)
    if not loaded["ids"]:
        raise NotThere(f"load() refused: {loaded['messages'][:2]}")
    env.cr.commit()
    env.invalidate_all()


def _create(env):
    for number in range(SAMPLE):
        env["res.partner"].create(_values(number, "new", "Single"))
        env.cr.commit()
        env.invalidate_all()


def _create_remotely(remote, database, prefix, count):
    for number in range(count):
        values = [_values(number, "new", prefix)]
        remote.execute_kw(database, 2, "admin", "res.partner", "create", values)


@contextmanager
def _server(database):
    """The object service of an Odoo server of this moment; the process is ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "launch" / "scripts" / "odoo_cli.py")]
    command += ["-c", str(ROOT / "odoo.conf"), "-d", database, "--http-port", str(port)]
    command += ["--max-cron-threads", "0", "--log-level", "critical"]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        common = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/xmlrpc/2/common")
        for _ in range(240):
            try:
                common.login(database, "admin", "admin")
                break
            except OSError:
                time.sleep(0.5)
        else:
            raise NotThere("the server for the peer did not start")
        yield xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/xmlrpc/2/object")
    finally:
        child.terminate()
        child.wait(30)
