import csv
import io
import shutil
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged

MARK = "transfer-committed"
ROWS = 40
PLACE = "odoo.addons.crm_extended.models.transfer.crm_exchange_place._get_base"
PART = "odoo.addons.crm_extended.models.transfer.crm_exchange_transfer_import.PART"
BOTH = (False, True)
READING = [("_call_once", n, after) for n in range(1, 7) for after in BOTH]
READING += [("_put_away", 1, False), ("_keep_file", 1, False)]
WRITING = [("_call_once", n, after) for n in range(1, 4) for after in BOTH]
WRITING += [(n, 1, a) for n in ("_publish", "_keep_file", "_move_on") for a in BOTH]


class Cut(BaseException):
    """The process is gone, as after kill -9: nothing catches this."""


@tagged("post_install", "-at_install")
class TestTransferCommitted(TransactionCase):
    """Runs in transactions of their own, cut off before and after each of their steps.

    Everything is really committed, so the test cleans up after itself.
    """

    def setUp(self):
        super().setUp()
        self.base = Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.base)
        self.enterContext(patch(PLACE, lambda: str(self.base)))
        exchange = type(self.env["crm.exchange"])
        run = type(self.env["crm.exchange.transfer.run"])
        for kind, name, replaced in (
            (exchange, "_own_cursor", lambda _model: self.connection()),
            (exchange, "_fresh", self.fresh),
            (run, "_progress_cursor", lambda _model: self.connection()),
            (run, "_is_in_one_transaction", lambda _model: False),
            (run, "_pause", lambda _model, _seconds: None),
        ):
            self.enterContext(patch.object(kind, name, replaced))
        self.addCleanup(self.clean)
        with self.environment() as env:
            scope = {"entity": "customer", "field_mode": "all"}
            scope |= {"can_create": True, "can_update": True, "own_only": True}
            self.client = env["crm.exchange.client"].create(
                {"name": MARK, "code": MARK, "scope_ids": [(0, 0, scope)]}
            )
            place = env["crm.exchange.place"].create({"name": MARK})
            self.root = Path(place.root)
            common = {"name": MARK, "client_id": self.client.id, "place_id": place.id}
            transfers = env["crm.exchange.transfer"].create(
                [
                    {**common, "direction": way, "settle_seconds": 0}
                    for way in ("import", "export")
                ]
            )
            self.reading, self.writing = transfers.ids

    @contextmanager
    def connection(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as cr:
            yield cr
            cr.commit()  # pylint: disable=invalid-commit

    @contextmanager
    def environment(self):
        with self.connection() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield env
            env.flush_all()

    @staticmethod
    @contextmanager
    def fresh(model, *_token):
        with closing(db_connect(model.env.cr.dbname).cursor()) as cr:
            yield model.with_env(model.env(cr=cr))
            cr.commit()  # pylint: disable=invalid-commit

    def clean(self):
        with self.environment() as env:
            partners = self.found(env)
            clients = env["crm.exchange.client"].search([("code", "=", MARK)])
            login = clients.user_id.partner_id
            sources = clients.source_id
            env["crm.exchange.transfer"].search([("name", "=", MARK)]).unlink()
            env["crm.exchange.place"].search([("name", "=", MARK)]).unlink()
            users = clients.user_id
            clients.unlink()
            users.unlink()
            env["crm.source.record"].search([("source_id", "in", sources.ids)]).unlink()
            (partners | login).unlink()
            sources.unlink()

    def found(self, env):
        return env["res.partner"].search([("name", "=like", f"{MARK} %")])

    def run_once(self, transfer, cut=None):
        """One run on a connection of its own; its state, None when it was cut off."""
        with self.environment() as env:
            run_id = env["crm.exchange.transfer.run"].create({"transfer_id": transfer})
        try:
            with self.environment() as env, self.cut_at(cut):
                run = run_id.with_env(env)
                run._run()
                return run.error or run.state
        except Cut:
            return None

    @contextmanager
    def cut_at(self, cut):
        """Cut the process off before or after the n-th call of one of the steps."""
        if not cut:
            yield
            return
        name, countdown, after = cut
        kind = type(self.env["crm.exchange.transfer.run"])
        step, left = getattr(kind, name), [countdown]

        def cutting(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0 and not after:
                raise Cut
            answer = step(*args, **kwargs)
            if left[0] == 0:
                raise Cut
            return answer

        with patch.object(kind, name, cutting):
            yield

    def test_a_run_that_is_cut_off_anywhere_loses_and_doubles_nothing(self):
        incoming = self.root / MARK / "incoming"
        incoming.mkdir(parents=True)
        rows = [f"K-{n};{MARK} {n};Brno" for n in range(ROWS)]
        text = "key.id;name;city\n" + "\n".join(rows) + "\n"
        (incoming / "a.csv").write_text(text)
        with patch(PART, 7):
            for cut in READING:
                self.assertIsNone(self.run_once(self.reading, cut), cut)
            self.assertEqual(self.run_once(self.reading), "done")
        self.assertEqual(list(incoming.iterdir()), [])
        with self.environment() as env:
            names = sorted(self.found(env).mapped("name"))
        self.assertEqual(names, sorted(f"{MARK} {n}" for n in range(ROWS)))
        self.check_result(self.root / MARK / "processed")
        self.check_export()

    def check_result(self, folder):
        files = sorted(path.name for path in folder.iterdir())
        self.assertEqual(files, ["a.csv", "a.result.csv"])
        text = (folder / "a.result.csv").read_text()
        found = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
        self.assertEqual([row["status"] for row in found], ["created"] * ROWS)

    def check_export(self):
        """Changes made between cut-off runs are all in the files, in their order."""
        for number, cut in enumerate(WRITING):
            with self.environment() as env:
                self.found(env)[number].city = f"Praha {number}"
            self.assertIsNone(self.run_once(self.writing, cut), cut)
        self.assertEqual(self.run_once(self.writing), "done")
        self.assertEqual(self.run_once(self.writing), "done")
        cities = {}
        out = self.root / MARK / "outgoing"
        for path in sorted(out.glob("*.csv")):
            stream = io.StringIO(path.read_text(), newline="")
            for row in csv.DictReader(stream, delimiter=";"):
                cities[int(row["id"])] = row["city"]
        with self.environment() as env:
            self.assertEqual(cities, {p.id: p.city for p in self.found(env)})
