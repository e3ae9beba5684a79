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
COMPANY = "CDNOW, a shop's real history"
ESTIMATES = (
    *("bg_r", "bg_alpha", "bg_a", "bg_b", "bg_log_likelihood"),
    *("gg_p", "gg_q", "gg_v"),
)


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
    company = _company(server)
    _import(server, company)
    _refresh(server)
    _score(server, company)
    _segments(server, company)


def _company(server: Server) -> int:
    """A company of its own, so that the history does not mix with the story."""
    found = server.call("res.company", "search", [("name", "=", COMPANY)])
    if found:
        return found[0]
    dollar = server.call(
        "res.currency",
        "search",
        [("name", "=", "USD")],
        context={"active_test": False},
    )
    values = {"name": COMPANY, "currency_id": dollar[0]}
    [company] = server.call("res.company", "create", [values])
    server.call("res.users", "write", [server.user], {"company_ids": [(4, company)]})
    return company


def _mapping(server: Server, company: int) -> int:
    """How the file is read: four columns, the key made of all of them."""
    found = server.call(
        "crm.import.mapping",
        "search",
        [("code", "=", "CDNOW"), ("company_id", "=", company)],
    )
    if found:
        return found[0]
    source = {"name": "CDNOW", "code": "CDNOW", "kind": "file", "company_id": company}
    [source_id] = server.call("crm.source", "create", [source])
    [currency] = server.call("res.company", "read", [company], ["currency_id"])
    columns = ("customer_key", "date", "quantity", "amount")
    lines = [
        {"column": str(place), "target": target, "in_key": True, "required": True}
        for place, target in enumerate(columns, start=1)
    ]
    values = {
        "name": "CDNOW purchases",
        "code": "CDNOW",
        "what": "both",
        "source_id": source_id,
        "company_id": company,
        "customers_of_company": True,
        "kind": "blank",
        "has_header": True,
        "date_form": "YYYYMMDD",
        "currency_id": currency["currency_id"][0],
        "name_template": "CDNOW {key}",
        "key_kind": "composed",
        "line_ids": [(0, 0, line) for line in lines],
    }
    [mapping] = server.call("crm.import.mapping", "create", [values])
    return mapping


def _import(server: Server, company: int) -> None:
    content = base64.b64encode(FILE.read_bytes()).decode()
    values = {
        "mapping_id": _mapping(server, company),
        "file": content,
        "file_name": FILE.name,
    }
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


def _score(server: Server, company: int) -> None:
    values = {"as_of": END_OF_DATA, "company_id": company}
    [run] = server.call("crm.score.run", "create", [values])
    fields = ["customers", "repeaters", "outcome", *ESTIMATES]
    row = server.finish("crm.score.run", run, "Scores", "action_start", fields)
    say(
        f"Scores: {row['customers']:,} customers, {row['repeaters']:,} of them came "
        f"back, in {row['seconds']:.1f} s"
    )
    names = (f"{field.partition('_')[2]} {row[field]:.4f}" for field in ESTIMATES)
    say(f"  BG/NBD and Gamma-Gamma, in weeks: {', '.join(names)}")
    for line in (row["outcome"] or "").splitlines():
        say(f"  {line}")


def _segments(server: Server, company: int) -> None:
    groups = server.call(
        "crm.segment.member",
        "formatted_read_group",
        [
            ("company_id", "=", company),
            ("valid_to", "=", False),
            ("segment_id.family_id.code", "=", "rfm"),
        ],
        ["segment_id"],
        ["__count"],
    )
    say("Segments:")
    for group in groups:
        say(f"  {group['segment_id'][1]:<24}{group['__count']:>8,}")
