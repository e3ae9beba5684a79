from ..exchange.exchange_common import ExchangeCase

ALL = {"can_create": True, "can_update": True, "can_delete": True}


class PushCase(ExchangeCase):
    """A client that may write customers and their contacts, and merge customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.make_writer("PUSH-ERP")
        cls.key = cls.client._make_key()
        cls.source = cls.client.source_id
        cls.count = 0

    @classmethod
    def make_writer(cls, code, domain="[]", **values):
        scopes = [
            {"entity": "customer", "can_merge": True, "domain": domain, **ALL},
            {"entity": "contact", **ALL},
        ]
        return cls.env["crm.exchange.client"].create(
            {
                "name": code,
                "code": code,
                "scope_ids": [(0, 0, {"field_mode": "all", **s}) for s in scopes],
                **values,
            }
        )

    def row(self, key, op="upsert", entity="customer", **values):
        """A row about the customer of this key; what is no part of a row is set."""
        parts = ("row_id", "base_rev", "refs", "unset", "observed_at")
        row = {"op": op, "entity": entity, "key": self.key_of(key)}
        row |= {name: values.pop(name) for name in parts if name in values}
        return {"row_id": str(key), **row, **({"set": values} if values else {})}

    def key_of(self, key, by=None):
        if isinstance(key, int):
            return {"id": key}
        return {"source": (by or self.client).code, "id": key}

    def push(self, *rows, by=None, batch="", **arguments):
        """The answer's data, of a push with an id of its own."""
        type(self).count += 1
        batch = batch or f"batch-{self.count}"
        return self.ok("push", by, batch_id=batch, rows=list(rows), **arguments)

    def one(self, row, by=None, **arguments):
        """What became of the one row."""
        [result] = self.push(row, by=by, **arguments)["rows"]
        return result

    def make(self, key="C-1", by=None, **values):
        """A customer that the client pushed."""
        values = {"name": "Anna", **values}
        row = {**self.row(key, **values), "key": self.key_of(key, by)}
        result = self.one(row, by)
        self.assertEqual(result["status"], "created", result)
        return self.env["res.partner"].browse(result["id"])

    def assertStatus(self, result, status, *codes):
        found = [error["code"] for error in result.get("errors", ())]
        self.assertEqual((result["status"], found), (status, list(codes)), result)
