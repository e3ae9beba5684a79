"""What each subcommand does. Each returns whether all is well."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from . import table_file
from .exchange import Exchange
from .outbox import Outbox
from .progress import Report
from .pulling import pull as pull_all
from .pushing import push as push_all
from .pushing import rehearse
from .replica import Replica
from .store import Store
from .verify import compare


def hello(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    _show(exchange.hello())
    return True


def schema(
    exchange: Exchange, store: Store, options: Namespace, report: Report
) -> bool:
    found = exchange.schema(options.entity)
    print(f"{found['name']} {found['version']}: {found['help']}")
    for field in found["fields"]:
        marks = [name for name in ("required", "writable", "personal") if field[name]]
        limit = f" up to {field['maximum']}" if "maximum" in field else ""
        choice = f" of {', '.join(field['values'])}" if "values" in field else ""
        told = f"  {field['name']}: {field['type']}{limit}{choice}"
        print(f"{told} ({', '.join(marks)})" if marks else told)
    return True


def pull(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    replica = Replica(store, options.entity)
    if getattr(options, "anew", False):
        replica.start_again()
    done = pull_all(exchange, replica, report=report)
    again = ", everything loaded again" if done.restarts else ""
    print(f"pulled {done.items:,} items, now at {replica.count:,}{again}")
    for entity in options.entity if options.csv else ():
        path = Path(options.csv) / f"{entity}.csv"
        rows = table_file.write(store, entity, exchange.schema(entity), path)
        print(f"{path}: {rows:,} rows")
    return True


def push(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    outbox = _outbox(exchange, store)
    if options.dry_run:  # nothing is left waiting that `sync` would send
        with store.rehearsal():
            faults = _queue(exchange, store, outbox, options)
            fine = _rehearse(exchange, outbox)
        return fine and not faults
    faults = _queue(exchange, store, outbox, options)
    _send(exchange, outbox, options, report)
    return not faults and not outbox.problems()


def sync(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    outbox = _outbox(exchange, store)
    _send(exchange, outbox, options, report)
    pull(exchange, store, options, report)
    return not outbox.problems()


def get(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    source = _source(exchange)
    keys: list[dict[str, Any]] = [
        {"id": int(key[3:])}
        if key.startswith("id:") and key[3:].isdigit()
        else {"source": source, "id": key}
        for key in options.key
    ]
    records = exchange.get(options.entity, keys)
    _show(records)
    return all(record["status"] == "ok" for record in records)


def verify(
    exchange: Exchange, store: Store, options: Namespace, report: Report
) -> bool:
    equal = True
    for entity in options.entity:
        found = compare(exchange, store, entity, report)
        equal &= found.equal
        print(f"{entity}: {found}")
        for difference in found.differences[:100]:
            print(f"  {difference}")
    if not equal:
        print("`crm-exchange pull --anew` with the same entities mends the copy")
    return equal


def status(
    exchange: Exchange, store: Store, options: Namespace, report: Report
) -> bool:
    for feed in store.db.execute("SELECT * FROM feed ORDER BY entities"):
        names = ", ".join(json.loads(feed["entities"]))
        print(f"{names}: {feed['count']:,} items applied, {feed['phase'] or 'to load'}")
    for row in store.db.execute("SELECT entity, count(*) AS n FROM record GROUP BY 1"):
        print(f"{row['entity']}: {row['n']:,} records")
    states = Outbox(store, "").waiting()
    print(f"outbox: {states or 'empty'}")
    return not any(states.get(name) for name in ("conflict", "rejected"))


def problems(
    exchange: Exchange, store: Store, options: Namespace, report: Report
) -> bool:
    found = Outbox(store, "").problems()
    for problem in found:
        print(f"{problem['n']} {problem['entity']} {problem['key']} {problem['state']}")
        for error in problem["answer"].get("errors", ()):
            where = f" ({error['path']})" if error.get("path") else ""
            print(f"    {error.get('message') or error.get('code')}{where}")
        for name, three in problem["answer"].get("conflict", {}).items():
            mine, theirs = three.get("mine", ""), three.get("theirs", "")
            print(f"    {name}: yours {mine!r}, theirs {theirs!r}")
    return not found


def again(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    return _found(Outbox(store, "").again(options.row, options.force), options.row)


def drop(exchange: Exchange, store: Store, options: Namespace, report: Report) -> bool:
    return _found(Outbox(store, "").drop(options.row), options.row)


def _found(found: bool, row: int) -> bool:
    if not found:
        print(f"there is no refused row {row}: `problems` lists them")
    return found


def _outbox(exchange: Exchange, store: Store) -> Outbox:
    return Outbox(store, _source(exchange))


def _source(exchange: Exchange) -> str:
    told = exchange.hello()
    return str(told.get("source") or told["client"])


def _send(
    exchange: Exchange, outbox: Outbox, options: Namespace, report: Report
) -> None:
    done = push_all(exchange, outbox, options.on_conflict, report)
    told = ", ".join(f"{rows:,} {name}" for name, rows in sorted(done.statuses.items()))
    print(f"pushed: {told or 'nothing to send'}")
    if problems := outbox.problems():
        print(f"{len(problems)} rows need you: see `crm-exchange problems`")


def _queue(
    exchange: Exchange, store: Store, outbox: Outbox, options: Namespace
) -> list[str]:
    if not options.entity:
        return []
    lines, news, faults = table_file.queue(
        store,
        outbox,
        options.entity,
        exchange.schema(options.entity),
        options.file or f"{options.entity}.csv",
        options.key,
    )
    print(f"{lines:,} lines, {news:,} with news")
    for fault in faults:
        print(f"not sent: {fault}")
    return faults


def _rehearse(exchange: Exchange, outbox: Outbox) -> bool:
    fine = True
    for result in rehearse(exchange, outbox):
        fine &= result["status"] not in ("rejected", "conflict")
        reasons = "; ".join(e.get("message", "") for e in result.get("errors", ()))
        print(f"{result['row_id']}: {result['status']} {reasons}".rstrip())
    return fine


def _show(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
