import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase

BASE = "CRM_EXCHANGE_FOLDER"


class TransferCase(TransactionCase):
    """A client, a place in a folder of the test's own, and its files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = Path(folder.name).resolve()
        setting = patch.dict(os.environ, {BASE: str(cls.base)})
        setting.start()
        cls.addClassCleanup(setting.stop)
        cls.client = cls.make_client("TEST-ACC")
        cls.place = cls.env["crm.exchange.place"].create({"name": "Accounting"})
        cls.root = Path(cls.place.root)
        cls.partners = cls.env["res.partner"].create(
            [
                {"name": f"Transfer {number}", "is_company": True, "city": "Brno"}
                for number in range(3)
            ]
        )

    def setUp(self):
        super().setUp()
        for found in self.root.glob("*") if self.root.exists() else ():
            shutil.rmtree(found)

    @classmethod
    def make_client(cls, code, **scope):
        scope = {
            "entity": "customer",
            "field_mode": "all",
            "domain": "[('name', 'like', 'Transfer')]",
            "can_create": True,
            "can_update": True,
            **scope,
        }
        return cls.env["crm.exchange.client"].create(
            {"name": code, "code": code, "scope_ids": [(0, 0, scope)]}
        )

    def make(self, direction="export", **values):
        return self.env["crm.exchange.transfer"].create(
            {
                "name": f"Test {direction}",
                "client_id": self.client.id,
                "place_id": self.place.id,
                "direction": direction,
                "settle_seconds": 0,
                **values,
            }
        )

    def run_once(self, transfer):
        """Do the work now and give the run; tests have no workers."""
        run = self.env["crm.exchange.transfer.run"].create({"transfer_id": transfer.id})
        run._run()
        return run

    def run_well(self, transfer):
        run = self.run_once(transfer)
        self.assertEqual(run.state, "done", run.error)
        return run

    def files(self, path):
        folder = self.root / path
        return sorted(f.name for f in folder.iterdir()) if folder.exists() else []

    def bring(self, name, text, path="test-acc/incoming"):
        folder = self.root / path
        folder.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(data)
        return folder / name
