"""The small parts: values, files, settings, signatures, and the command line."""

import ast
import base64
import doctest
import importlib
import json
import pkgutil
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

import crm_exchange_client
from crm_exchange_client import Refused, SettingsError, Unfit, table_file, webhook, wire
from crm_exchange_client.command import main
from crm_exchange_client.outbox import Outbox
from crm_exchange_client.patience import Patience
from crm_exchange_client.settings import load
from pretended_server import DATABASE, FIELDS, KEY, LOGIN

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
SCHEMA = {"fields": [{"name": n, "type": t, "writable": w} for n, t, w in FIELDS]}
PACKAGE = Path(crm_exchange_client.__file__).parent


def modules():
    names = [m.name for m in pkgutil.iter_modules([str(PACKAGE)])]
    return [n for n in names if n != "__main__"]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings(name):
    module = importlib.import_module(f"crm_exchange_client.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", modules())
def test_only_the_standard_library_of_old_pythons_is_used(name):
    source = (PACKAGE / f"{name}.py").read_text()
    assert len(source.splitlines()) < 300
    tree = ast.parse(source, feature_version=(3, 9))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Match)
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.split(".")[0] in KNOWN, node.module
        if isinstance(node, ast.Import):
            assert {a.name.split(".")[0] for a in node.names} <= KNOWN


KNOWN = set(
    "__future__ argparse base64 binascii collections configparser contextlib csv"
    " dataclasses datetime decimal hashlib hmac http json logging math os pathlib"
    " random re sqlite3 ssl stat sys time typing urllib uuid xml xmlrpc".split()
)

# ---------------------------------------------------------------------- values


def test_values_take_the_form_of_the_wire():
    zone = timezone(timedelta(hours=2))
    assert wire.fit(datetime(2026, 3, 1, 12, tzinfo=zone)) == "2026-03-01T10:00:00Z"
    assert wire.fit([Decimal("1E+3"), 2**31, 7]) == ["1000", "2147483648", 7]


@pytest.mark.parametrize(
    "value", [None, float("nan"), "a\0b", "\ud800", b"x", {1: 2}, "é" * 40_000]
)
def test_values_that_cannot_be_sent_are_named(value):
    with pytest.raises(Unfit, match=r"rows\.name"):
        wire.fit({"rows": {"name": value}})


def test_deep_nesting_is_refused_and_not_followed():
    deep = []
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(Unfit, match="nested"):
        wire.fit(deep)


# ---------------------------------------------------------------------- files


def test_a_file_written_is_read_again_as_it_was(store, tmp_path):
    outbox = Outbox(store, "ERP")
    data = {"name": "=cmd|' /C calc'!A0", "active": True, "credit": "-5.10"}
    store.db.execute(
        "INSERT INTO record VALUES ('customer', 7, 'r', ?, 1)", [json.dumps(data)]
    )
    store.db.execute("INSERT INTO own_key VALUES ('customer', 'K-1', 7)")
    path = tmp_path / "customers.csv"
    assert table_file.write(store, "customer", SCHEMA, path) == 1
    text = path.read_text("utf-8-sig")
    assert "'=cmd" in text and "-5.10" in text
    table_file.queue(store, outbox, "customer", SCHEMA, path)
    [row] = outbox.batches.preview()
    assert row["set"] == data
    assert "unset" not in row  # a cell that was never filled empties nothing


def test_lines_with_faults_are_named_and_the_others_go(store, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("no;name;employees;active\nA;Anna;2;yes\nB;Bea;two;no\n;Cy;1;1\n")
    outbox = Outbox(store, "ERP")
    lines, news, faults = table_file.queue(
        store, outbox, "customer", SCHEMA, path, key="no"
    )
    assert (lines, news) == (3, 1)
    assert "line 3" in faults[0] and "'two' is no integer" in faults[0]
    assert "line 4" in faults[1] and "key" in faults[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key,name,shoe_size\n1,A,43\n", "shoe_size"),
        ("name\nA\n", "--key"),
        ("key,name\n1,A,B\n", "line 2"),
        ("key,name\n1\n", "line 2"),
    ],
)
def test_files_that_do_not_fit_are_refused_whole(store, tmp_path, text, told):
    path = tmp_path / "file.csv"
    path.write_text(text)
    outbox = Outbox(store, "ERP")
    with pytest.raises(SettingsError, match=told):
        table_file.queue(store, outbox, "customer", SCHEMA, path)
    assert outbox.waiting() == {}


def test_references_are_your_own_keys(store, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("key,name,parent\nA,Anna,HQ\nB,Bea,id:12\n")
    outbox = Outbox(store, "ERP")
    table_file.queue(store, outbox, "customer", SCHEMA, path)
    anna, bea = outbox.batches.preview()
    assert anna["refs"] == {"parent": {"source": "ERP", "id": "HQ"}}
    assert bea["set"]["parent"] == 12


# ---------------------------------------------------------------------- settings


def test_settings_name_what_is_missing_and_where_to_write_it(tmp_path):
    with pytest.raises(SettingsError, match="CRM_EXCHANGE_KEY"):
        load("", {f"CRM_EXCHANGE_{n}": "x" for n in ("URL", "DATABASE", "LOGIN")})
    file = tmp_path / "mine.ini"
    file.write_text("[crm]\nurl = https://x\ndatabase = d\nlogin = l\nkey = a%b;c\n")
    file.chmod(0o644)
    settings, warnings = load(str(file), {"CRM_EXCHANGE_FACE": "xmlrpc"})
    assert (settings.login.key, settings.face) == ("a%b;c", "xmlrpc")
    assert "chmod 600" in warnings[0]
    assert "a%b" not in repr(settings)


def test_waits_grow_and_are_spread():
    pauses = []
    patience = Patience(sleep=pauses.append, clock=lambda: 0.0, total=1e9)
    for attempt in range(200):
        patience.wait(attempt % 12, 0.0)
    assert max(pauses[::12]) <= 0.5 < max(pauses) <= 60
    assert len(set(pauses)) == 200
    assert not Patience(total=5, clock=lambda: 0.0).wait(0, 0.0, asked=6)


def test_an_error_of_any_shape_can_be_shown():
    assert str(Refused({})) == "unexpected: "
    error = Refused({"code": "busy", "retry_after_s": "soon", "path": "x"}, "q")
    assert (error.retry_after, str(error)) == (0.0, "busy: ; at x; request q")


# ---------------------------------------------------------------------- webhooks


def signed(body, secret=SECRET, stamp=1000, message="msg_1"):
    signature = webhook.sign(f"{message}.{stamp}.".encode() + body, secret).decode()
    return {
        "Webhook-Id": message,
        "WEBHOOK-TIMESTAMP": str(stamp),
        "webhook-signature": f"v2,abc v1,{signature}",
    }


def test_a_signed_message_is_believed_and_nothing_else():
    body = b'{"type": "customer.changed"}'
    assert webhook.verify(body, signed(body), SECRET, now=1000)["type"]
    other = "whsec_" + base64.b64encode(b"another").decode()
    assert webhook.verify(body, signed(body), [other, SECRET], now=1000)
    for headers, content, now in (
        (signed(body), body + b" ", 1000),
        (signed(body, other), body, 1000),
        (signed(body), body, 1301),
        (signed(body), body, 600),
        ({**signed(body), "Webhook-Id": "msg_2"}, body, 1000),
        ({**signed(body), "WEBHOOK-TIMESTAMP": "١٠٠٠"}, body, 1000),
        ({**signed(body), "webhook-signature": ""}, body, 1000),
        ({**signed(body), "webhook-signature": "v1,ž"}, body, 1000),
        ({}, body, 1000),
        (signed(b"no json"), b"no json", 1000),
    ):
        with pytest.raises(webhook.WrongSignature):
            webhook.verify(content, headers, SECRET, now=now)


def test_the_signature_is_the_one_of_the_standard():
    # the example of standardwebhooks.com and of its libraries' tests
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    content = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    expected = b"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhook.sign(content, secret) == expected


# ---------------------------------------------------------------------- command


@pytest.fixture
def command(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crm-exchange.ini").write_text(
        f"[crm]\nurl = {server.url}\ndatabase = {DATABASE}\nlogin = {LOGIN}\n"
        f"key = {KEY}\n"
    )

    def run(*arguments):
        status = main(["--quiet", "--patience", "0", *arguments])
        return status, *capsys.readouterr()

    return run


def test_both_ways_from_the_command_line(command, server, tmp_path):
    (tmp_path / "customers.csv").write_text(
        "no,name,employees\nA,Anna,2\nB,BAD,1\nC,CONTESTED,4\n"
    )
    push = ("push", "customer", "customers.csv", "--key", "no")
    status, out, _ = command(*push, "--dry-run")
    assert (status, server.service.records) == (1, {})
    assert "1: created" in out and "2: rejected bad name" in out
    assert command("sync", "customer")[0] == 0
    assert server.service.records == {}, "what was only tried is not sent later"
    status, out, _ = command(*push)
    assert status == 1
    assert "3 lines, 3 with news" in out
    assert "1 conflict, 1 created, 1 rejected" in out
    status, out, _ = command("problems")
    assert status == 1
    assert "bad name" in out and "yours 'CONTESTED', theirs 'Other'" in out
    number = next(line.split()[0] for line in out.splitlines() if " conflict" in line)
    assert command("again", number, "--force")[0] == 0
    assert command("drop", "99")[0] == 1
    (tmp_path / "customers.csv").write_text("no,name\nA,Anna\nB,Mended\n")
    assert command(*push)[0] == 0
    status, out, _ = command("sync", "customer", "--csv", ".")
    assert (status, "customer.csv: 3 rows" in out) == (0, True)
    lines = (tmp_path / "customer.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("id,key,rev,name,active")
    assert lines[1].startswith("1000,A,")
    status, out, _ = command("pull", "customer", "--anew")
    assert (status, f"pulled {len(server.service.feed)} items" in out) == (0, True)
    status, out, _ = command("status")
    assert (status, "customer: 3 records" in out, "outbox: empty" in out) == (0, 1, 1)


def test_the_command_line_tells_faults_in_one_line(command, monkeypatch):
    monkeypatch.setenv("CRM_EXCHANGE_KEY", "wrong")
    status, _, err = command("hello")
    assert status == 2
    assert err.startswith("warning: others") or err.startswith("error: The key")
    assert "Traceback" not in err
    monkeypatch.setenv("CRM_EXCHANGE_URL", "http://127.0.0.1:9")
    status, _, err = command("hello")
    assert (status, "refused" in err) == (2, True)


def test_help_of_every_subcommand(capsys):
    for name in ("hello", "pull", "push", "sync", "get", "verify", "again"):
        with pytest.raises(SystemExit) as end:
            main([name, "--help"])
        assert end.value.code == 0
    assert "--on-conflict" in capsys.readouterr().out
