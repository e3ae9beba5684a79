"""Makes small files, mappings and runs for the tests of the import."""

import base64
import csv
import io
from pathlib import Path

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

DATA = Path(__file__).resolve().parents[4] / "tests" / "data"
HEADER = "id,name,email,city,receipt,date,amount,branch\n"
FULL = HEADER + (
    "1,Jana,jana@example.com,Praha,R1,2024-01-31,10.50,TWN\n"
    "1,Jana,jana@example.com,Praha,R2,2024-02-01,-10.50,TWN\n"
    "2,Petr,petr@example.com,Brno,R3,2024-02-02,7.00,\n"
)
COLUMNS = {
    "id": "customer_key",
    "name": "name",
    "email": "email",
    "city": "city",
    "receipt": "purchase_key",
    "date": "date",
    "amount": "amount",
    "branch": "branch",
}
CUSTOMER_COLUMNS = ("id", "name", "email", "city")


class ImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.source = cls.env["crm.source"].create({"name": "Till", "code": "T-TILL"})
        cls.branch = cls.env["crm.branch"].create({"name": "Town", "code": "TWN"})
        cls.mapping = cls.make_mapping()
        cls.operator = new_test_user(
            cls.env, "operator", groups="crm_extended.group_import_user"
        )

    @classmethod
    def make_mapping(cls, columns=None, **vals):
        columns = columns or COLUMNS
        lines = [
            Command.create({"column": column, "target": target})
            for column, target in columns.items()
        ]
        return cls.env["crm.import.mapping"].create(
            {
                "name": "Receipts",
                "source_id": cls.source.id,
                "what": "both",
                "line_ids": lines,
                **vals,
            }
        )

    def start(self, text, mapping=None, user=None, **vals):
        """An import that holds the file, not yet run."""
        data = text.encode() if isinstance(text, str) else text
        runs = self.env["crm.import"].with_user(user or self.operator)
        return runs.create(
            {
                "mapping_id": (mapping or self.mapping).id,
                "file": base64.b64encode(data),
                "file_name": "till.csv",
                **vals,
            }
        )

    def load(self, text, mapping=None, **vals):
        """An import that was run."""
        run = self.start(text, mapping, **vals)
        run._run()
        return run

    def counts(self, run, name):
        """(new, changed, as before) of customer or purchase."""
        outcomes = ("created", "updated", "unchanged")
        return tuple(run[f"{name}_{outcome}"] for outcome in outcomes)

    def read_report(self, run):
        text = base64.b64decode(run.error_file).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))

    def purchases(self):
        return self.env["crm.purchase"].search([("source_id", "=", self.source.id)])

    def records(self):
        return self.env["crm.source.record"].search(
            [("source_id", "=", self.source.id)]
        )
