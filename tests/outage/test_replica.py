"""Partners read from a streaming replica of PostgreSQL, which may be behind.

What a partner is told never goes back: a replica that has not come as far as the
partner's cursor is passed over. Nothing is written there, as nothing can be.
"""

import os
import sys
import threading
import time
from pathlib import Path

import psycopg2
import pytest

from benchmarks.chaos.server import Server
from launch.paths import LOGS
from launch.postgres import USER, Cluster

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

pytestmark = pytest.mark.skipif(
    not os.environ.get("OUTAGE_TEMPLATE"), reason="OUTAGE_TEMPLATE is not set"
)
CHANGES = 150
CODE = "STANDBY"
CLIENT = f"""
client = env["crm.exchange.client"].create({{
    "name": "{CODE}", "code": "{CODE}", "rate": 0, "daily_rows": 0,
    "scope_ids": [(0, 0, {{"entity": "customer", "field_mode": "all"}})],
}})
print("KEY", client.user_id.login, client._make_key())
env.cr.commit()
"""


class Standby(Cluster):
    """A streaming replica of another cluster."""

    def __init__(self, primary: Cluster):
        super().__init__("standby")
        self._primary = primary

    def _initialise(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._own(self.home)
        self._as_server(
            ["pg_basebackup", "-D", self.data, "-h", self._primary.socket, "-U", USER]
            + ["-R", "-X", "stream", "-c", "fast", "--no-sync"]
        )


def ask(cluster: Cluster, query: str) -> list[tuple]:
    place = cluster.environment()
    connection = psycopg2.connect(dbname="outage", host=place["PGHOST"], user=USER)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture
def standby(shop):
    cluster = Standby(shop.cluster)
    try:
        cluster.remove()
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def servers(shop, standby, monkeypatch):
    """(URL of an Odoo that reads from the replica, of one that does not, key)."""
    alone = Server(shop.cluster, "outage", LOGS / "replica.log", crons=0)
    said = alone.shell(CLIENT)
    [line] = [line for line in said.splitlines() if line.startswith("KEY")]
    _word, login, key = line.split()
    monkeypatch.setenv("PGHOST_REPLICA", str(standby.socket))
    monkeypatch.setenv("PGPORT_REPLICA", "5432")
    reading = Server(shop.cluster, "outage", LOGS / "replica.log", crons=0)
    try:
        reading.start()
        monkeypatch.delenv("PGHOST_REPLICA")
        monkeypatch.delenv("PGPORT_REPLICA")
        alone.start()
        yield reading, alone, (login, key)
    finally:
        reading.stop()
        alone.stop()


class Writer(threading.Thread):
    """Changes customers on the primary, one commit after the other."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self._cluster = cluster

    def run(self):
        for number in range(CHANGES):
            ask(
                self._cluster,
                "BEGIN ISOLATION LEVEL REPEATABLE READ; UPDATE res_partner SET"
                f" city = 'Town {number}' WHERE id = (SELECT id FROM res_partner WHERE"
                " is_company AND active AND partner_share ORDER BY id"
                f" OFFSET {number % 7} LIMIT 1); COMMIT",
            )
            time.sleep(0.02)


def test_what_a_partner_reads_from_a_replica_never_goes_back(
    shop, standby, servers, tmp_path
):
    reading, alone, (login, key) = servers
    assert ask(standby, "SELECT pg_is_in_recovery()") == [(True,)]
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        ask(standby, "UPDATE res_partner SET city = 'x' WHERE id = 1")

    def exchange(server, face="json2"):
        return Exchange(open_face(Login(server.url, "outage", login, key), face))

    tuples = "SELECT tup_returned FROM pg_stat_database WHERE datname = 'outage'"
    with exchange(reading) as ours, Store(tmp_path / "copy.db") as store:
        copy = Replica(store, ["customer"])
        before = ask(standby, tuples)[0][0]
        assert pull(ours, copy).items > 100
        time.sleep(1.5)  # statistics are told once a second
        assert ask(standby, tuples)[0][0] > before + 100, "it was read elsewhere"

        numbers, cursor = [], copy.cursor
        writer = Writer(shop.cluster)
        writer.start()
        paused = False
        while writer.is_alive() or len(numbers) < 20:
            page = ours.pull(cursor, ["customer"], 50)
            numbers += [int(item["seq"]) for item in page["items"]]
            cursor = page["cursor"]
            if len(numbers) > 10 and not paused:
                paused = True
                ask(standby, "SELECT pg_wal_replay_pause()")
                behind = _stays_level(shop, ours, exchange(alone), cursor)
                numbers += behind[0]
                cursor = behind[1]
                ask(standby, "SELECT pg_wal_replay_resume()")
        writer.join()
        assert paused
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

        time.sleep(1)
        found = compare(ours, store, "customer")
        assert found.equal, found.differences[:5]
    with exchange(reading, "xmlrpc") as ours, Store(tmp_path / "fresh.db") as store:
        found = pull(ours, Replica(store, ["customer"]))
        assert found.restarts == 0
        assert compare(ours, store, "customer").equal


def _stays_level(shop, ours, other, cursor):
    """The replica stands still; a cursor from the primary is ahead of it.

    :return: (numbers of the items told meanwhile, cursor after them)
    """
    numbers = []
    with other:
        deadline = time.monotonic() + 30
        while not numbers and time.monotonic() < deadline:
            time.sleep(0.2)
            page = other.pull(cursor, ["customer"], 50)
            numbers += [int(item["seq"]) for item in page["items"]]
            cursor = page["cursor"]
    assert numbers, "the primary has no news"
    page = ours.pull(cursor, ["customer"], 50)  # refused as of the future, were it read
    numbers += [int(item["seq"]) for item in page["items"]]
    return numbers, page["cursor"]
