"""A partner's system as a program of its own, so that it can be killed as well.

    python -m benchmarks.chaos.partner STORE CODE SEED ROUNDS

It changes its own records, sends them, and follows ours, until it was told often enough
or killed. `intent` holds what it wants to be true, written in one transaction with the
outbox: the verdict compares it with what the server has in the end.
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients/python/src"))

from crm_exchange_client import (  # noqa: E402
    Exchange,
    Outbox,
    Patience,
    Replica,
    Store,
    open_face,
    pull,
    push,
)
from crm_exchange_client.settings import load  # noqa: E402

ENTITY = "customer"
_INTENT = """CREATE TABLE IF NOT EXISTS intent (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, ref TEXT NOT NULL)"""


def work(store: Store, exchange: Exchange, code: str, seed: int, rounds: int) -> None:
    """Rounds of changing, sending and pulling; 0 rounds only bring both sides level."""
    chance = random.Random(seed)
    source = store.setting("source")
    if not source:
        told = exchange.hello()
        source = str(told.get("source") or told["client"])
        store.keep_setting("source", source)
    outbox, replica = Outbox(store, source), Replica(store, [ENTITY])
    store.db.execute(_INTENT)
    for _ in range(rounds):
        _change(store, outbox, code, chance)
        push(exchange, outbox)
        pull(exchange, replica, limit=chance.choice((7, 50, 1000)))
    push(exchange, outbox)
    pull(exchange, replica)


def _change(store: Store, outbox: Outbox, code: str, chance: random.Random) -> None:
    """Some new records and some changed ones, known and queued at the same moment."""
    with store.transaction():
        [known] = store.db.execute("SELECT count(*) FROM intent").fetchone()
        numbers = list(range(known, known + chance.randint(1, 8)))
        if known:
            numbers += [chance.randrange(known) for _ in range(chance.randint(1, 8))]
        for number in numbers:
            key, name = f"{code}-{number}", f"{code} {chance.randrange(10**9)}"
            store.db.execute(
                "INSERT OR REPLACE INTO intent VALUES (?, ?, ?)", [key, name, key]
            )
            outbox.put(ENTITY, key, {"name": name, "ref": key, "is_company": True})


def main(path: str, code: str, seed: str, rounds: str) -> None:
    settings, _warnings = load()
    patience = Patience(total=120, first=0.05, longest=2.0)
    with Store(path) as store:
        face = open_face(settings.login, settings.face, timeout=20)
        with Exchange(face, patience) as exchange:
            work(store, exchange, code, int(seed), int(rounds))
            print(f"repeated {exchange.repeated}")


if __name__ == "__main__":
    main(*sys.argv[1:])
