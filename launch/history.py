"""`make load-history`: a shop's real purchases become scores and segments.

Speaks to the running server over XML-RPC as an operator's script would: the file is
uploaded, the runs are queued, the queue's workers do them and their progress is read.
"""

import base64
import os
import time
import xmlrpc.client

from .console import Failure, say
from .paths import ROOT
from .server import DATABASE, PORT

FILE = ROOT / "tests" / "data" / "CDNOW_master.txt"
END_OF_DATA = "1998-06-30"
ESTIMATES = ("r", "alpha", "a", "b", "log_likelihood", "p", "q", "v")


class Server:
    """The running server as one of its users sees it."""

    def __init__(self):
        address = f"http://127.0.0.1:{PORT}/xmlrpc/2"
        self.password = os.environ.get("ADMIN_PASSWORD", "admin")
        try:
            common = xmlrpc.client.ServerProxy(f"{address}/common")
            self.user = common.authenticate(DATABASE, "admin", self.password, {})
        except OSError as error:
            raise Failure("the server does not answer: `make run` first") from error
        if not self.user:
            raise Failure("admin's password was changed: set ADMIN_PASSWORD")
        self.objects = xmlrpc.client.ServerProxy(f"{address}/object")

    def call(self, model: str, method: str, *arguments, **named):
        try:
            return self.objects.execute_kw(
                DATABASE, self.user, self.password, model, method, arguments, named
            )
        except xmlrpc.client.Fault as fault:
            raise Failure(fault.faultString.strip().splitlines()[-1]) from fault

    def finish(
        self, model: str, run: int, title: str, start: str, fields: list
    ) -> dict:
        """Start a run, show its progress until it ends, return what it reports.

        :raises Failure: with the run's own words when it failed or was stopped.
        """
        watched = ["state", "progress", "progress_text", "error", "seconds", *fields]
        began = time.monotonic()
        self.call(model, start, [run])
        while True:
            [row] = self.call(model, "read", [run], watched)
            text = row["progress_text"] or row["state"]
            print(
                f"\r\033[K  {title} {row['progress']:.0f} % {text}", end="", flush=True
            )
            if row["state"] in {"done", "failed", "stopped"}:
                break
            if row["state"] == "queued" and time.monotonic() - began > 120:
                raise Failure("no worker takes the job: is queue_job server-wide?")
            time.sleep(0.5)
        print("\r\033[K", end="")
        if row["state"] != "done":
            raise Failure(f"{title}: {row['error'] or row['state']}")
        row["waited"] = time.monotonic() - began
        return row


def load() -> None:
    """Steps 1 to 4 on the full file; prints counts, seconds and the estimates."""
    server = Server()
    _import(server)
    _refresh(server)
    _score(server)
    _segments(server)


def _import(server: Server) -> None:
    mapping = server.call("crm.import.mapping", "search", [("code", "=", "CDNOW")])
    if not mapping:
        raise Failure("the mapping CDNOW is missing: it comes with the demo data")
    content = base64.b64encode(FILE.read_bytes()).decode()
    values = {"mapping_id": mapping[0], "file": content, "file_name": FILE.name}
    [run] = server.call("crm.import", "create", [values])
    counts = ["row_count", "error_count"]
    for what in ("customer", "purchase"):
        counts += [f"{what}_{done}" for done in ("created", "updated", "unchanged")]
    row = server.finish("crm.import", run, "Import", "action_import", counts)
    say(
        f"Import: {row['row_count']:,} rows in {row['seconds']:.1f} s; "
        f"customers new {row['customer_created']:,}, "
        f"unchanged {row['customer_unchanged']:,}; "
        f"purchases new {row['purchase_created']:,}, "
        f"unchanged {row['purchase_unchanged']:,}; problems {row['error_count']:,}"
    )


def _refresh(server: Server) -> None:
    [run] = server.call("crm.warehouse.run", "create", [{}])
    fields = ["rows", "size_mb", "version"]
    row = server.finish("crm.warehouse.run", run, "Warehouse", "action_start", fields)
    say(
        f"Warehouse: {row['rows']:,} facts in {row['seconds']:.1f} s, "
        f"{row['size_mb']:.1f} MB, version {row['version']}"
    )


def _score(server: Server) -> None:
    source = server.call("crm.source", "search", [("code", "=", "CDNOW")])
    values = {"as_of": END_OF_DATA, "source_id": source[0]}
    [run] = server.call("crm.score.run", "create", [values])
    fields = ["customer_count", "estimates", "backtest"]
    row = server.finish("crm.score.run", run, "Scores", "action_start", fields)
    say(f"Scores: {row['customer_count']:,} customers in {row['seconds']:.1f} s")
    estimates = row["estimates"] or {}
    say(
        "  " + ", ".join(f"{n} {estimates[n]:.3f}" for n in ESTIMATES if n in estimates)
    )
    for name, figures in (row["backtest"] or {}).items():
        say(f"  backtest {name}: {figures}")


def _segments(server: Server) -> None:
    rows = server.call(
        "crm.segment",
        "search_read",
        [("family_id.code", "=", "rfm")],
        ["name", "member_count"],
        order="sequence",
    )
    for row in rows:
        say(f"  {row['name']:<24}{row['member_count']:>8,}")
