import json

from odoo.tests import HttpCase
from odoo.tools import mute_logger

# the faces say on each call that they are deprecated; clients in the field use them
quiet = mute_logger(
    "odoo.addons.rpc.controllers.xmlrpc", "odoo.addons.rpc.controllers.jsonrpc"
)


class ExchangeCase(HttpCase):
    """A client with a key, and the three faces it may come through."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.make_client("TEST-ERP")
        cls.key = cls.client._make_key()
        cls.partners = cls.env["res.partner"]

    @classmethod
    def make_client(cls, code, domain="[]", mode="all", entities=("customer",)):
        scopes = [
            (0, 0, {"entity": name, "field_mode": mode, "domain": domain})
            for name in entities
        ]
        return cls.env["crm.exchange.client"].create(
            {"name": code, "code": code, "scope_ids": scopes}
        )

    # ------------------------------------------------------------------ in process

    def call(self, method, by=None, **arguments):
        """The service itself, called as the client's login."""
        user = (by or self.client).user_id
        return getattr(self.env["crm.exchange"].with_user(user), method)(**arguments)

    def ok(self, method, by=None, **arguments):
        answer = self.call(method, by, **arguments)
        self.assertTrue(answer["ok"], answer["errors"])
        return answer["data"]

    def refused(self, code, method, by=None, **arguments):
        answer = self.call(method, by, **arguments)
        self.assertFalse(answer["ok"])
        self.assertEqual([error["code"] for error in answer["errors"]], [code])
        return answer["errors"][0]

    def pull_all(self, cursor="", by=None, **arguments):
        """Items up to now, and the cursor after them."""
        items = []
        while True:
            data = self.ok("pull", by, cursor=cursor, **arguments)
            items += data["items"]
            cursor = data["cursor"]
            if not data["more"]:
                return items, cursor

    # ------------------------------------------------------------------ over the wire

    def assertNoTrace(self, text):
        for sign in ("Traceback", 'File \\"', 'File "', ".py"):
            self.assertNotIn(sign, text)

    def xmlrpc(self, model, method, arguments=(), named=None, client=None, key=None):
        user = (client or self.client).user_id
        with quiet:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                user.id,
                key or self.key,
                model,
                method,
                list(arguments),
                named or {},
            )

    def json2(self, path, arguments=None, key=None, body=None):
        """(HTTP status, answer, its text)"""
        response = self.url_open(
            f"/json/2/{path}",
            data=body if body is not None else json.dumps(arguments or {}),
            headers={
                "Authorization": f"bearer {key or self.key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )
        return response.status_code, response.json(), response.text
