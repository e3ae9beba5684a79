"""Pulling and pushing through whatever may happen on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crm_exchange_client import (
    ContractBroken,
    Exchange,
    Login,
    Patience,
    Refused,
    Replica,
    SettingsError,
    Store,
    StoreBusy,
    Unauthorized,
    Unreachable,
    open_face,
    pull,
)
from crm_exchange_client.outbox import Outbox
from crm_exchange_client.pushing import push
from pretended_server import DATABASE, KEY, LOGIN

FACES = ("json2", "xmlrpc")
SOURCES = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture
def pauses():
    return []


@pytest.fixture(params=FACES)
def exchange(request, server, pauses):
    login = Login(server.url, DATABASE, LOGIN, KEY)
    patience = Patience(sleep=pauses.append, total=1e9)
    with Exchange(open_face(login, request.param), patience) as exchange:
        yield exchange


def held(store):
    rows = store.db.execute("SELECT id, data FROM record ORDER BY id")
    return {row["id"]: json.loads(row["data"]) for row in rows}


def test_a_copy_follows_the_server(exchange, server, store):
    for number in range(1, 8):
        server.service.change(number, name=f"Customer {number}")
    replica = Replica(store, ["customer"])
    assert pull(exchange, replica, limit=3).items == 7
    assert held(store) == server.service.records
    server.service.change(2, name="Renamed")
    server.service.remove(3)
    server.service.remove(4, "merged", into=2)
    assert pull(exchange, replica).items == 3
    assert held(store) == server.service.records
    gone = store.db.execute("SELECT id, op, into_id FROM gone ORDER BY id").fetchall()
    assert [tuple(row) for row in gone] == [(3, "delete", None), (4, "merged", 2)]
    assert server.service.acked == replica.cursor


def test_what_goes_wrong_on_the_way_is_tried_again(exchange, server, store, pauses):
    for number in range(1, 8):
        server.service.change(number, name=f"Customer {number}")
    exchange.hello()
    server.mischief = ["drop", "drop", "cut", "http503", "busy", "unexpected"]
    pull(exchange, Replica(store, ["customer"]), limit=2)
    assert held(store) == server.service.records
    assert exchange.repeated >= 4
    assert [pause >= 3 for pause in pauses[-2:]] == [True, True]  # as the server asked


def test_a_wrong_key_is_not_tried_again(server, pauses):
    for kind in FACES:
        login = Login(server.url, DATABASE, LOGIN, "wrong")
        with pytest.raises(Unauthorized):
            Exchange(open_face(login, kind), Patience(sleep=pauses.append)).hello()
    assert not pauses


def test_patience_ends(server, pauses):
    login = Login(server.url, DATABASE, LOGIN, KEY)
    clock = iter(range(0, 10_000, 20))
    patience = Patience(sleep=pauses.append, clock=lambda: next(clock), total=100)
    server.mischief = ["http503"] * 50
    with pytest.raises(Unreachable, match="503"):
        Exchange(open_face(login), patience).hello()
    assert 1 <= len(pauses) <= 6


def test_a_redirect_does_not_get_the_key(exchange, server):
    server.mischief = ["http302", "http302"]
    with pytest.raises(SettingsError, match=r"elsewhere\.example"):
        exchange.hello()


def test_a_key_is_not_sent_in_clear_text():
    with pytest.raises(SettingsError, match="https"):
        open_face(Login("http://crm.example.com", DATABASE, LOGIN, KEY))


def test_a_restored_server_is_loaded_again_and_what_it_lost_goes(
    exchange, server, store
):
    for number in range(1, 5):
        server.service.change(number, name=str(number))
    replica = Replica(store, ["customer"])
    pull(exchange, replica)
    server.service.epoch, server.service.acked = "e2", ""
    server.service.feed = server.service.feed[:2]
    for lost in (3, 4):
        del server.service.records[lost]
    done = pull(exchange, replica, limit=1)
    assert done.restarts == 1
    assert held(store) == server.service.records == {1: {"name": "1"}, 2: {"name": "2"}}


def test_a_gap_in_the_numbers_is_never_stored(exchange, server, store):
    server.service.change(1, name="a")
    replica = Replica(store, ["customer"])
    page = exchange.pull("", ["customer"])
    page["items"][0]["seq"] = "2"
    with pytest.raises(ContractBroken, match="where 1"):
        replica.apply(page)
    assert (held(store), Replica(store, ["customer"]).cursor) == ({}, "")


def test_a_page_that_the_program_could_not_use_comes_again(exchange, server, store):
    server.service.change(1, name="a")

    def fail(item):
        raise RuntimeError("the ERP is closed")

    with pytest.raises(RuntimeError):
        pull(exchange, Replica(store, ["customer"], on_item=fail))
    assert held(store) == {}
    seen = []
    pull(exchange, Replica(store, ["customer"], on_item=seen.append))
    assert [item["id"] for item in seen] == [1]


def test_two_programs_on_one_store_do_not_mix(exchange, server, store):
    server.service.change(1, name="a")
    one, two = Replica(store, ["customer"]), Replica(store, ["customer"])
    page = exchange.pull("", ["customer"])
    one.apply(page)
    with pytest.raises(StoreBusy):
        two.apply(page)
    assert two.cursor == one.cursor


def test_an_erased_person_leaves_the_file(exchange, server, tmp_path):
    secret = "Anna-Secretova-of-Olomouc"
    path = tmp_path / "erased.db"
    with Store(path) as store:
        outbox = Outbox(store, "ERP")
        outbox.put("customer", "K1", {"name": secret})
        push(exchange, outbox)
        pull(exchange, Replica(store, ["customer"]))
        outbox.put("customer", "K1", {"name": f"{secret} again"})
        server.service.remove(1000, "erase")
        pull(exchange, Replica(store, ["customer"]))
        assert outbox.waiting() == {}
    assert secret.encode() not in path.read_bytes()


# ---------------------------------------------------------------------- pushing


def test_only_what_changed_is_sent(exchange, server, store):
    outbox = Outbox(store, "ERP")
    assert outbox.put(
        "customer", "K1", {"name": "Anna", "employees": 3, "credit": None}
    )
    push(exchange, outbox)
    assert not outbox.put("customer", "K1", {"name": "Anna", "employees": 3})
    assert outbox.put("customer", "K1", {"name": "Anna", "employees": None})
    [row] = outbox.batches.preview()
    assert (row.get("set"), row["unset"]) == (None, ["employees"])
    push(exchange, outbox)
    assert server.service.records[1000] == {"name": "Anna"}


def test_news_of_one_record_wait_as_one_row(exchange, server, store):
    outbox = Outbox(store, "ERP")
    outbox.put("customer", "K1", {"name": "Anna"})
    outbox.put("customer", "K1", {"name": "Anna N.", "employees": 2})
    [row] = outbox.batches.preview()
    assert row["set"] == {"name": "Anna N.", "employees": 2}


def test_a_lost_answer_doubles_nothing(exchange, server, store):
    outbox = Outbox(store, "ERP")
    with store.transaction():
        for number in range(1203):
            outbox.put("customer", f"K{number}", {"name": str(number)})
    exchange.hello()
    server.mischief = ["drop", "drop", "cut"]
    done = push(exchange, outbox)
    assert (done.batches, done.rows) == (3, 1203)
    assert len(server.service.records) == len(server.service.feed) == 1203
    assert len(server.service.batches) == 3


def test_refused_rows_stay_with_their_reason(exchange, server, store):
    outbox = Outbox(store, "ERP")
    for key, name in (("K1", "Good"), ("K2", "BAD"), ("K3", "CONTESTED")):
        outbox.put("customer", key, {"name": name})
    assert push(exchange, outbox).statuses == {
        "created": 1,
        "rejected": 1,
        "conflict": 1,
    }
    bad, contested = outbox.problems()
    assert bad["answer"]["errors"][0]["message"] == "bad name"
    assert contested["answer"]["conflict"]["name"]["theirs"] == "Other"
    outbox.put("customer", "K2", {"name": "Mended"})
    assert outbox.again(contested["n"], force=True)
    assert push(exchange, outbox).statuses == {"created": 2}
    assert not outbox.problems()


def test_one_row_that_spoils_the_batch_is_set_aside(exchange, server, store):
    outbox = Outbox(store, "ERP")
    for key, name in (("K1", "Good"), ("K2", "POISON"), ("K3", "Fine")):
        outbox.put("customer", key, {"name": name})
    assert push(exchange, outbox).statuses == {"created": 2}
    [problem] = outbox.problems()
    assert (problem["key"], problem["answer"]["errors"][0]["code"]) == (
        "K2",
        "invalid_value",
    )


def test_a_batch_that_is_too_large_is_halved(exchange, server, store):
    outbox = Outbox(store, "ERP")
    for number in range(6):
        name = "x" * 101 if number == 4 else "short"
        outbox.put("customer", f"K{number}", {"name": name})
    push(exchange, outbox)
    assert len(server.service.records) == 5
    assert [problem["key"] for problem in outbox.problems()] == ["K4"]


def test_a_refusal_of_the_client_itself_keeps_the_batch(exchange, server, store):
    outbox = Outbox(store, "ERP")
    outbox.put("customer", "K1", {"name": "Good"})

    def refuse(**arguments):
        raise Refused({"code": "client_expired", "message": "expired"})

    right, server.service.push = server.service.push, refuse
    with pytest.raises(Refused, match="client_expired"):
        push(exchange, outbox)
    server.service.push = right
    assert push(exchange, outbox).rows == 1


def test_a_sandbox_is_not_taken_for_the_real_thing(exchange, server, store):
    outbox = Outbox(store, "ERP")
    outbox.put("customer", "K1", {"name": "Good"})
    server.service.sandbox = True
    with pytest.raises(Refused, match="sandbox"):
        push(exchange, outbox)
    server.service.sandbox = False
    assert push(exchange, outbox).statuses == {"created": 1}


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from crm_exchange_client import *
from crm_exchange_client.batch import Batches
from crm_exchange_client.outbox import Outbox
from crm_exchange_client.pushing import push
settle = Batches.settle
def killed(self, batch, results):
    if batch.n == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    settle(self, batch, results)
Batches.settle = killed
login = Login(sys.argv[1], "crm", "exchange-erp", "right key")
with Store(sys.argv[3]) as store, Exchange(open_face(login)) as exchange:
    outbox = Outbox(store, "ERP")
    if not outbox.waiting():
        with store.transaction():
            for number in range(1203):
                outbox.put("customer", f"K{number}", {"name": str(number)})
    push(exchange, outbox)
"""


def test_a_kill_between_sending_and_storing_doubles_nothing(server, tmp_path):
    command = [sys.executable, "-c", KILLED, server.url, str(SOURCES)]
    command.append(str(tmp_path / "killed.db"))
    for batch in (1, 2, 3):
        child = subprocess.run([*command, str(batch)], capture_output=True)
        assert child.returncode == -signal.SIGKILL, child.stderr.decode()
        assert len(server.service.batches) == batch
    child = subprocess.run([*command, "0"], capture_output=True)
    assert child.returncode == 0, child.stderr.decode()
    assert len(server.service.records) == len(server.service.feed) == 1203
    with Store(tmp_path / "killed.db") as store:
        assert Outbox(store, "ERP").waiting() == {}


def test_a_kill_while_pulling_loses_and_repeats_nothing(server, tmp_path):
    for number in range(1, 2001):
        server.service.change(number, name=str(number))
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    environment |= {"CRM_EXCHANGE_URL": server.url, "CRM_EXCHANGE_KEY": KEY}
    environment |= {"CRM_EXCHANGE_DATABASE": DATABASE, "CRM_EXCHANGE_LOGIN": LOGIN}
    path = tmp_path / "pulled.db"
    script = (
        "import sys; from crm_exchange_client import *;"
        "from crm_exchange_client.settings import load;"
        "s, _ = load(); store = Store(sys.argv[1]);"
        "pull(Exchange(open_face(s.login)), Replica(store, ['customer']), limit=40)"
    )
    command = [sys.executable, "-c", script, str(path)]
    for _ in range(4):
        child = subprocess.Popen(command, env=environment)
        time.sleep(0.6)
        child.kill()
        child.wait()
    assert subprocess.run(command, env=environment).returncode == 0
    with Store(path) as store:
        assert held(store) == server.service.records
        assert Replica(store, ["customer"]).count == 2000
