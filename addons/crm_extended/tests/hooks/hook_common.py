import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import standardwebhooks

from ...models.hooks import crm_exchange_hook_news as news
from ..exchange.exchange_common import ExchangeCase


class Receiver:
    """A partner's server on this machine: answers as told, keeps what it took."""

    def __init__(self):
        self.answers = []  # (status, headers) of the next answers; then 204
        self.got = []  # (headers, body)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                receiver.got.append((dict(self.headers), self.rfile.read(length)))
                queued = receiver.answers
                status, headers = queued.pop(0) if queued else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_args):
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def verified(self, secret, place=-1):
        """The content of a message, verified by the reference library."""
        headers, body = self.got[place]
        return standardwebhooks.Webhook(secret).verify(body, headers)

    def ids(self):
        return [headers["webhook-id"] for headers, _body in self.got]


class HookCase(ExchangeCase):
    """A client whose webhook leads to a server on this machine."""

    def setUp(self):
        super().setUp()
        self.receiver = self.enterContext(closing(Receiver()))
        self.enterContext(patch.object(news, "GAP_SECONDS", 0))
        self.env["crm.exchange.change"]._number()
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_extended.hook_inside", "127.0.0.0/8")
        parameters.set_param("crm_extended.hook_ports", f"443,{self.receiver.port}")
        self.hook = self.env["crm.exchange.hook"].create(
            {
                "client_id": self.client.id,
                "url": self.receiver.url,
                "inside": True,
                "operator_id": self.env.ref("base.user_admin").id,
            }
        )
        self.secret = self.hook._begin()

    def change(self, name="Anna"):
        """Something a partner wants to hear of, committed and numbered."""
        partner = self.partners.create({"name": name})
        self.env.flush_all()
        self.env["crm.exchange.change"]._number()
        return partner

    def send(self):
        self.env["crm.exchange.hook"]._cron_send()
        self.env.invalidate_all()

    def make_due(self, deliveries=None):
        """Let the time pass until the next attempt."""
        for delivery in deliveries or self.hook.delivery_ids:
            delivery.next_at = "2020-01-01"
            if delivery.lease_until:
                delivery.lease_until = "2020-01-01"
        self.env.flush_all()
