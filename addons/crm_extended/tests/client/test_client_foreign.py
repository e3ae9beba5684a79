import contextlib
import functools
import io
import uuid

import odooly
import odoorpc

from odoo.tests import HOST, tagged

from .client_common import ClientCase


class _RoundTrip:
    """hello, schema, push, pull, ack, get and digest, as any program calls them."""

    def __init__(self, test, exchange):
        self.test, self.exchange = test, exchange

    def ask(self, method, **arguments):
        answer = getattr(self.exchange, method)(**arguments)
        self.test.assertTrue(answer["ok"], answer["errors"])
        return answer["data"]

    def run(self, name):
        test = self.test
        told = self.ask("hello", client=name, versions=["1.0"])
        key = {"source": told["source"], "id": f"{name}-1"}
        fields = self.ask("schema", entity="customer")["fields"]
        test.assertIn("name", [field["name"] for field in fields])
        cursor, copy = self.follow("", {})
        row = {
            "row_id": "1",
            "op": "upsert",
            "entity": "customer",
            "key": key,
            "set": {"name": f"Sent by {name}", "city": "Český Krumlov"},
        }
        batch = {"batch_id": uuid.uuid4().hex, "rows": [row]}
        [result] = self.ask("push", **batch)["rows"]
        test.assertEqual(result["status"], "created")
        test.assertEqual(self.ask("push", **batch)["rows"], [result])
        partner = test.known_as(f"{name}-1")
        test.assertEqual((partner.id, partner.city), (result["id"], "Český Krumlov"))
        self.answer_ours(partner, cursor, copy, key)

    def answer_ours(self, partner, cursor, copy, key):
        """We change something, too; in the end both sides hold the same."""
        test = self.test
        partner.street = "Our Street 1"
        test.env.flush_all()
        cursor, copy = self.follow(cursor, copy)
        test.assertEqual(copy[partner.id]["street"], "Our Street 1")
        self.ask("ack", cursor=cursor)
        [record] = self.ask("get", entity="customer", keys=[key])["records"]
        test.assertEqual(record["data"], copy[partner.id])
        digest = self.ask("digest", entity="customer", prefix="", level=0)
        test.assertEqual(
            {item["id"]: item["rev"] for item in digest["items"]}, self.revisions
        )

    def follow(self, cursor, copy):
        """Everything since the cursor; deliberately in small pages and unpacked."""
        if not cursor:
            self.revisions = {}
        more = True
        while more:
            page = self.ask("pull", cursor=cursor, entities=["customer"], limit=50)
            for item in page["items"]:
                if item["op"] == "upsert":
                    copy[item["id"]] = item["data"]
                    self.revisions[item["id"]] = item["rev"]
                else:
                    copy.pop(item["id"], None)
                    self.revisions.pop(item["id"], None)
            cursor, more = page["cursor"], page["more"]
        return cursor, copy


class _Methods:
    """Methods of the exchange as attributes, as `odoorpc` has them by itself."""

    def __init__(self, call):
        self._call = call

    def __getattr__(self, method):
        return functools.partial(self._call, "crm.exchange", method)


@tagged("post_install", "-at_install")
class TestClientForeign(ClientCase):
    """Clients that nobody here wrote do the whole round trip over a real server."""

    def test_odoorpc_goes_all_the_way(self):
        odoo = odoorpc.ODOO(HOST, port=self.http_port())
        odoo.login(self.env.cr.dbname, self.client.user_id.login, self.key)
        _RoundTrip(self, odoo.env["crm.exchange"]).run("odoorpc")

    def odooly(self):
        with contextlib.redirect_stdout(io.StringIO()):
            return odooly.Client(
                f"{self.base_url()}/jsonrpc",
                db=self.env.cr.dbname,
                user=self.client.user_id.login,
                api_key=self.key,
            )

    def test_odooly_goes_all_the_way(self):
        env = self.odooly().env
        _RoundTrip(self, _Methods(env.execute)).run("odooly")

    def test_odooly_goes_all_the_way_over_json2(self):
        json2 = odooly.Json2(self.odooly(), self.env.cr.dbname, self.key)

        def call(model, method, **arguments):
            return json2(model, method, (), arguments)

        _RoundTrip(self, _Methods(call)).run("odooly-json2")
