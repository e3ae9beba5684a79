"""A server of the contract in a hundred lines, which can misbehave on purpose.

It speaks both faces over real HTTP, so that a client can be killed and cut off. What
the real one does is tested in the addon; this one is for what happens on the way.
"""

import json
import threading
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crm_exchange_client.exchange import Refused

KEY, LOGIN, DATABASE = "right key", "exchange-erp", "crm"
FIELDS = [
    ("name", "char", True),
    ("active", "boolean", True),
    ("employees", "integer", True),
    ("credit", "decimal", True),
    ("parent", "reference", True),
    ("created_at", "datetime", False),
]


class Service:
    """Records with revisions, a feed, batches by id."""

    def __init__(self):
        self.records, self.feed, self.batches, self.calls = {}, [], {}, []
        self.keys, self.epoch, self.acked = {}, "e1", ""
        self.sandbox, self.lock = False, threading.Lock()

    # -------------------------------------------------------------- our own side

    def change(self, number, **data):
        self.records[number] = data
        self.feed.append({"op": "upsert", "id": number})

    def remove(self, number, op="delete", **more):
        self.records.pop(number, None)
        self.feed.append({"op": op, "id": number, **more})

    def _item(self, change):
        number = change["id"]
        if change["op"] != "upsert" or number not in self.records:
            return change if change["op"] != "upsert" else {**change, "op": "delete"}
        data = self.records[number]
        own = [key for key, at in self.keys.items() if at == number]
        rev = f"r{hash(json.dumps(data, sort_keys=True)) & 0xFFFFFF}"
        return {**change, "rev": rev, "data": data, "keys": own}

    # -------------------------------------------------------------- methods

    def hello(self, client="", versions=()):
        return {"client": "ERP", "source": "ERP", "entities": [{"name": "customer"}]}

    def schema(self, entity, version=""):
        fields = [
            {"name": n, "type": t, "writable": w, "required": n == "name"}
            for n, t, w in FIELDS
        ]
        for field in fields:
            field["personal"] = False
        return {"name": entity, "version": "1.0", "help": "", "fields": fields}

    def pull(self, cursor="", entities=(), limit=500, packed=False):
        epoch, place = cursor.split("/") if cursor else (self.epoch, "0")
        if epoch != self.epoch:
            raise Refused({"code": "cursor_epoch", "message": "restored"})
        start = int(place)
        items = [
            {**self._item(change), "seq": str(start + n), "entity": "customer"}
            for n, change in enumerate(self.feed[start : start + limit], 1)
        ]
        end = start + len(items)
        lag = len(self.feed) - end
        return {
            "items": [json.dumps(item) for item in items] if packed else items,
            "cursor": f"{self.epoch}/{end}",
            "more": lag > 0,
            "phase": "snapshot" if lag > 0 and not self.acked else "changes",
            "lag": lag,
        }

    def ack(self, cursor):
        self.acked = cursor
        return {"acked": cursor.split("/")[1]}

    def push(self, batch_id, rows, mode="each", on_conflict="", dry_run=False):
        if batch_id in self.batches:
            known, reply = self.batches[batch_id]
            if known != rows:
                raise Refused({"code": "idempotency_mismatch", "message": "other"})
            return reply
        for place, row in enumerate(rows):
            if row.get("set", {}).get("name") == "POISON":
                raise Refused(
                    {
                        "code": "invalid_value",
                        "message": "poison",
                        "path": f"rows[{place}].set.name",
                    }
                )
        if any(len(r.get("set", {}).get("name", "")) > 100 for r in rows):
            raise Refused({"code": "too_large", "message": "too large"})
        dry_run = dry_run or self.sandbox
        reply = {"rows": [self._push_row(row, dry_run) for row in rows]}
        reply["dry_run"] = dry_run
        if not dry_run:
            self.batches[batch_id] = rows, reply
        return reply

    def _push_row(self, row, dry_run):
        told = {"row_id": row["row_id"]}
        values = row.get("set", {})
        if values.get("name") == "BAD":
            error = {"code": "invalid_value", "message": "bad name", "path": "set.name"}
            return {**told, "status": "rejected", "errors": [error]}
        if values.get("name") == "CONTESTED" and row.get("base_rev") != "*":
            sides = {"name": {"mine": "CONTESTED", "theirs": "Other"}}
            return {**told, "status": "conflict", "conflict": sides}
        key = row["key"]["id"]
        status = "updated" if key in self.keys else "created"
        if dry_run:
            return {**told, "status": status}
        number = self.keys.setdefault(key, 1000 + len(self.keys))
        before = self.records.get(number, {})
        after = {n: v for n, v in before.items() if n not in row.get("unset", ())}
        self.change(number, **{**after, **values})
        return {**told, "status": status, "id": number, "rev": "r"}


class PretendedServer:
    """:ivar mischief: what happens to the next calls, one each: `drop` (done, then the
    connection ends), `cut` (half an answer), `http503`, `busy`, `unexpected`
    """

    def __enter__(self):
        self.service, self.mischief = Service(), []
        pretended = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                pretended.handle(self)

            def log_message(self, *arguments):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(
            target=self.http.serve_forever, args=(0.02,), daemon=True
        ).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def handle(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        with self.service.lock:
            kind = self.mischief.pop(0) if self.mischief else ""
            status, text = self.answer(request, body, kind)
        if kind == "drop":
            request.close_connection = True
            return
        request.send_response(status)
        if status == 302:
            request.send_header("Location", "https://elsewhere.example")
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text[: len(text) // 2] if kind == "cut" else text)
        request.close_connection = kind == "cut"

    def answer(self, request, body, kind):
        if kind in ("http503", "http302"):
            return int(kind[4:]), b"<html>proxy</html>"
        if request.path.startswith("/json/2/crm.exchange/"):
            if request.headers["Authorization"] != f"bearer {KEY}":
                return 401, b'{"ok": false, "errors": []}'
            method = request.path.rpartition("/")[2]
            return 200, json.dumps(
                self.envelope(method, json.loads(body), kind)
            ).encode()
        arguments, name = xmlrpc.client.loads(body)
        if name == "login":
            answer = 7 if arguments == (DATABASE, LOGIN, KEY) else False
        else:
            answer = self.envelope(arguments[4], arguments[6], kind)
        return 200, xmlrpc.client.dumps((answer,), methodresponse=True).encode()

    def envelope(self, method, arguments, kind):
        self.service.calls.append(method)
        told = {"request_id": "q1", "epoch": self.service.epoch, "data": {}}
        if kind in ("busy", "unexpected"):
            error = {"code": kind, "retryable": True, "retry_after_s": 3, "message": ""}
            return {**told, "ok": False, "errors": [error]}
        try:
            data = getattr(self.service, method)(**arguments)
        except Refused as error:
            shown = {"code": error.code, "message": error.reason, "path": error.path}
            return {**told, "ok": False, "errors": [{**shown, "retryable": False}]}
        return {**told, "ok": True, "errors": [], "data": data}
