import sys
import tempfile
from pathlib import Path

from ..exchange.exchange_common import ExchangeCase, quiet

SOURCES = str(Path(__file__).resolve().parents[4] / "clients" / "python" / "src")
if SOURCES not in sys.path:
    sys.path.append(SOURCES)

ENTITIES = ("customer", "contact")
VERBS = ("read", "create", "update", "delete")


class ClientCase(ExchangeCase):
    """A partner who may write, and the programs it may come with, over real HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.conflict_policy = "merge3"
        cls.env["crm.exchange.scope"].create(
            {"client_id": cls.client.id, "entity": "contact"}
        )
        for scope in cls.client.scope_ids:
            scope.write(
                {
                    "field_mode": "all",
                    "write_mode": "all",
                    **{f"can_{verb}": True for verb in VERBS},
                }
            )
        cls.client.rate = 0
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.enterContext(self.allow_requests(all_requests=True))
        self.enterContext(quiet)
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.folder = Path(folder)

    def open(self, face, key=None):
        from crm_exchange_client import Exchange, Login, Patience, open_face

        login = Login(
            self.base_url(),
            self.env.cr.dbname,
            self.client.user_id.login,
            key or self.key,
        )
        exchange = Exchange(open_face(login, face), Patience(total=0))
        self.addCleanup(exchange.close)
        return exchange

    def store(self, name="erp"):
        from crm_exchange_client import Store

        return self.enterContext(Store(self.folder / f"{name}.db"))

    def known_as(self, key):
        """The customer that the partner knows by this key."""
        record = self.env["crm.source.record"].search(
            [("source_id", "=", self.client.source_id.id), ("key", "=", key)]
        )
        return record.partner_id
