"""What must be true when all is quiet again, asked of both sides independently."""

import json
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/src"))

from crm_exchange_client import (  # noqa: E402
    Exchange,
    Login,
    Replica,
    Store,
    open_face,
    pull,
)
from crm_exchange_client.verify import compare  # noqa: E402

_GAPS = """
    SELECT count(*) FILTER (WHERE seq IS NULL),
           coalesce(max(seq) - min(seq) + 1 - count(seq), 0), count(*)
      FROM crm_exchange_change
"""
_RECORDS = """
    SELECT ref, name, id FROM res_partner
     WHERE ref LIKE %s AND merged_into_id IS NULL
"""
_KEYS = """
    SELECT r.key, r.partner_id FROM crm_source_record r
      JOIN crm_source s ON s.id = r.source_id WHERE s.code = %s
"""


def judge(chaos) -> None:
    """Note in `chaos.problems` whatever is not as promised, in `chaos.facts` sizes."""
    codes = [code for code in chaos._logins]
    for code in codes:
        _judge_partner(chaos, code)
    [(waiting, gaps, changes)] = chaos.server.ask(_GAPS)
    chaos.facts["changes in the feed"] = changes
    if waiting or gaps:
        chaos.problems.append(f"feed: {waiting} without number, {gaps} gaps")


def _judge_partner(chaos, code: str) -> None:
    problems, facts = chaos.problems, chaos.facts
    given = chaos.environment(code, chaos.server.url)
    login = Login(*(given[f"CRM_EXCHANGE_{n}"] for n in _NAMES))
    fresh_path = chaos.folder / f"{code}-fresh.db"
    with (
        Store(chaos.store(code)) as store,
        Store(fresh_path) as fresh,
        Exchange(open_face(login, given["CRM_EXCHANGE_FACE"])) as exchange,
    ):
        pull(exchange, Replica(store, ["customer"]))
        pull(exchange, Replica(fresh, ["customer"]))
        found = compare(exchange, store, "customer")
        if not found.equal:
            problems.append(f"{code}: {found}: {found.differences[:5]}")
        ours, anew = _contents(store.db), _contents(fresh.db)
        if ours != anew:
            strange = [k for k in ours.keys() | anew if ours.get(k) != anew.get(k)]
            problems.append(f"{code}: {len(strange)} records not as loaded anew")
        for table in ("outbox", "batch"):
            condition = "WHERE NOT answered" if table == "batch" else ""
            query = f"SELECT count(*) FROM {table} {condition}"
            if left := store.db.execute(query).fetchone()[0]:
                rows = [tuple(r) for r in store.db.execute("SELECT * FROM outbox")]
                problems.append(f"{code}: {left} rows left in {table}: {rows[:3]}")
        intents = {
            row["key"]: (row["name"], row["ref"])
            for row in store.db.execute("SELECT * FROM intent")
        }
        facts["items applied"] = (
            facts.get("items applied", 0) + Replica(store, ["customer"]).count
        )
    facts["records compared"] = facts.get("records compared", 0) + len(ours)
    facts["rows intended"] = facts.get("rows intended", 0) + len(intents)
    _judge_intents(chaos, code, intents)


_NAMES = ("URL", "DATABASE", "LOGIN", "KEY")


def _judge_intents(chaos, code: str, intents: dict) -> None:
    """Each record that a partner made is there once, with the last word on it."""
    there: dict[str, list] = {}
    for ref, name, number in chaos.server.ask(_RECORDS, f"{code}-%"):
        there.setdefault(ref, []).append((name, number))
    keys = dict(chaos.server.ask(_KEYS, code))
    lost = [key for key in intents if key not in there]
    doubled = [key for key, found in there.items() if len(found) > 1]
    unasked = [key for key in there if key not in intents]
    stale = [
        key
        for key, (name, _ref) in intents.items()
        if key in there and there[key][0][0] != name
    ]
    astray = [key for key in there if keys.get(key) != there[key][0][1]]
    for what, found in (
        ("lost", lost),
        ("doubled", doubled),
        ("never sent", unasked),
        ("not with the last word", stale),
        ("known by another key", astray),
    ):
        if found:
            chaos.problems.append(f"{code}: {len(found)} records {what}: {found[:5]}")


def _contents(db: sqlite3.Connection) -> dict:
    rows = db.execute("SELECT id, rev, data FROM record WHERE entity = 'customer'")
    return {row["id"]: (row["rev"], json.loads(row["data"])) for row in rows}
