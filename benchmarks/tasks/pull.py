"""A first load and its changes, against paged `search_read`."""

import json
import xmlrpc.client
from pathlib import Path

from ..bench import Bench, NotThere, require
from ..databases import environment
from ..measure import Result, seconds

PAGE = 1_000
SAMPLE = 20_000  # records that the peer reads; ours reads all
CHANGED = 5_000
WARM = 5  # pages after which memory is looked at
FIELDS = ["name", "ref", "is_company", "vat", "company_registry", "website", "email"]
FIELDS += ["phone", "lang", "street", "street2", "zip", "city", "state_id"]
FIELDS += ["country_id", "active", "create_date"]


def run(bench: Bench) -> list[Result]:
    """Seconds per record, arguments and answers marshalled for XML-RPC on both sides.

    The peer reads the same fields in pages by id, as a careful program would; it gets
    no revision, no key, no deletion, and misses what is committed out of order.
    """
    with environment(bench.database) as env:
        require(env, "crm.exchange", "crm.exchange.client")
        exchange = _client(env)
        first: dict = {}
        ours = seconds(lambda: first.update(_pull(exchange, "")))
        read: list = []
        peer = seconds(lambda: read.append(_search_read(env, SAMPLE))) / read[0]
        changed = _change(env)
        news: dict = {}
        changes = seconds(lambda: news.update(_pull(exchange, first["cursor"])))
        if news["items"] < changed:
            raise NotThere(f"only {news['items']} of {changed} changes came")
    loaded, one = first["items"], ours / first["items"]
    name = f"`search_read` of the same {len(FIELDS)} fields in pages by id"
    return [
        Result(
            "pull",
            f"first load of {loaded:,} customers, {PAGE:,} a page",
            one,
            f"{name}, {SAMPLE:,} of them",
            peer,
            goal=">= 3 x",
            met=peer / one >= 3,
            unit=" a record",
            note=f"{1 / one:.0f} records/s against {1 / peer:.0f}; memory of the "
            f"process {first['warm']:.0f} MB after {WARM} pages, at most "
            f"{first['most']:.0f} MB later",
        ),
        Result(
            "pull",
            f"{changed:,} changed customers",
            changes / news["items"],
            f"{name}, {SAMPLE:,} of them",
            peer,
            goal="",
            unit=" a record",
        ),
    ]


def _client(env):
    scope = {"entity": "customer", "field_mode": "all", "can_read": True}
    client = env["crm.exchange.client"].create(
        {"name": "Pull", "code": "BENCH-PULL", "scope_ids": [(0, 0, scope)]}
    )
    for name in ("rate", "daily_rows"):  # measured is the work, not the agreed pace
        if name in client:
            client[name] = 0
    env.cr.commit()
    return env["crm.exchange"].with_user(client.user_id)


def _pull(exchange, cursor):
    """Page by page until nothing is left; what a client would do but for the network.

    :return: `{items, cursor, warm, most}`; the last two are megabytes of memory
    :raises NotThere: when a call was refused
    """
    told, more, pages = {"items": 0, "warm": 0.0, "most": 0.0}, True, 0
    while more:
        named = _over_the_wire(
            {"cursor": cursor, "entities": ["customer"], "limit": PAGE, "packed": True}
        )
        answer = exchange.pull(**named)
        exchange.env.cr.commit()
        exchange.env.invalidate_all()
        if not answer["ok"]:
            raise NotThere(f"pull: {answer['errors']}")
        data = _over_the_wire(answer)["data"]
        items = [json.loads(item) for item in data["items"]]
        told["items"] += len(items)
        cursor, more, pages = data["cursor"], data["more"], pages + 1
        if pages == WARM:
            told["warm"] = _memory()
        elif pages > WARM:
            told["most"] = max(told["most"], _memory())
    return told | {"cursor": cursor}


def _search_read(env, most):
    """:return: number of records read"""
    partners, after, read = env["res.partner"].with_context(active_test=False), 0, 0
    while read < most:
        domain = ["&", ("id", ">", after), "|", ("is_company", "=", True)]
        domain.append(("parent_id", "=", False))
        page = partners.search_read(domain, FIELDS, limit=PAGE, order="id")
        if not page:
            break
        for record in page:
            record["create_date"] = str(record["create_date"])
        _over_the_wire(page)
        read, after = read + len(page), page[-1]["id"]
        env.cr.commit()
        env.invalidate_all()
    return read


def _change(env):
    """:return: number of customers changed; a small shop has fewer than are wanted"""
    env.cr.execute(
        "UPDATE res_partner SET city = city || ' 2' WHERE id IN (SELECT partner_id"
        " FROM bench_truth ORDER BY n LIMIT %s)",
        [CHANGED],
    )
    changed = env.cr.rowcount
    env.cr.commit()
    return changed


def _over_the_wire(value):
    body = xmlrpc.client.dumps((value,), methodresponse=True)
    return xmlrpc.client.loads(body)[0][0]


def _memory() -> float:
    """Megabytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
