import json
import threading

from odoo.tests import tagged

from ..exchange.exchange_common import quiet
from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushFaces(PushCase):
    """Pushes over the wire, as hostile as they come."""

    def test_push_over_xmlrpc(self):
        named = {"batch_id": "X", "rows": [self.row("C-1", name="Dvořák ♫")]}
        answer = self.xmlrpc("crm.exchange", "push", named=named)
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(answer["data"]["counts"]["created"], 1)
        again = self.xmlrpc("crm.exchange", "push", named=named)
        self.assertEqual(again["data"], answer["data"])

    def test_push_over_json2(self):
        body = {"batch_id": "X", "rows": [self.row("C-1", name="Dvořák ♫")]}
        status, answer, _text = self.json2("crm.exchange/push", body)
        self.assertEqual((status, answer["ok"]), (200, True), answer)
        self.assertEqual(answer["data"]["counts"]["created"], 1)

    def test_hostile_rows_are_answered_without_a_trace(self):
        good = self.row("C-1", name="Anna")
        hostile = [
            "text",
            {},
            {**good, "set": "name"},
            {**good, "set": {"name": ["x"]}},
            {**good, "set": {"name": {"a": 1}}},
            {**good, "set": {"child_ids": [[5]]}},
            {**good, "set": {"user_ids.password": "x"}},
            {**good, "set": {"company_id": 1}},
            {**good, "set": {"write_uid": 1}},
            {**good, "set": {"customer": 1}},
            {**good, "set": {"is_company": "yes"}},
            {**good, "unset": ["name"]},
            {**good, "unset": ["created_at"]},
            {**good, "unset": "city"},
            {**good, "refs": {"customer": {"id": 1}}},
            {**good, "refs": {"parent_id": {"id": 1}}},
            {**good, "key": {"id": -1}},
            {**good, "key": {"id": "1"}},
            {**good, "key": {"source": "PUSH-ERP", "id": ""}},
            {**good, "key": {"source": "PUSH-ERP", "id": "a\u202eb"}},
            {**good, "key": {"source": "PUSH-ERP", "id": "x" * 500}},
            {**good, "op": "unlink"},
            {**good, "op": "merge", "refs": {"into": {"id": 1}}},
            {**good, "op": "merge"},
            {**good, "entity": "res.users"},
            {**good, "base_rev": 5},
            {**good, "observed_at": "yesterday"},
            {**good, "context": {"tracking_disable": True}},
            {**good, "set": {"name": "x" * 300}},
            {**good, "row_id": "x" * 300},
        ]
        for number, row in enumerate(hostile):
            if isinstance(row, dict) and row.get("row_id") == "C-1":
                row["row_id"] = str(number)
        body = {"batch_id": "X", "rows": hostile}
        status, answer, text = self.json2("crm.exchange/push", body)
        self.assertEqual((status, answer["ok"]), (200, True), text[:500])
        self.assertNoTrace(text)
        for number, result in enumerate(answer["data"]["rows"]):
            with self.subTest(row=hostile[number]):
                self.assertEqual(result["status"], "rejected")
                self.assertTrue(result["errors"][0]["path"].startswith("rows["))

    def test_hostile_arguments(self):
        rows = [self.row("C-1", name="Anna")]
        for code, arguments in (
            ("invalid_argument", {"batch_id": "", "rows": rows}),
            ("invalid_argument", {"batch_id": "x" * 200, "rows": rows}),
            ("invalid_argument", {"batch_id": 5, "rows": rows}),
            ("invalid_argument", {"batch_id": "X", "rows": {}}),
            ("invalid_argument", {"batch_id": "X", "rows": []}),
            ("too_large", {"batch_id": "X", "rows": rows * 501}),
            ("invalid_argument", {"batch_id": "X", "rows": rows, "mode": "some"}),
            ("invalid_argument", {"batch_id": "X", "rows": rows, "on_conflict": "x"}),
            ("invalid_argument", {"batch_id": "X", "rows": rows, "dry_run": 1}),
            ("invalid_value", {"batch_id": "X", "rows": [{"set": {"name": None}}]}),
            ("unknown_argument", {"batch_id": "X", "rows": rows, "sudo": True}),
        ):
            with self.subTest(arguments=str(arguments)[:60]):
                _status, answer, text = self.json2("crm.exchange/push", arguments)
                self.assertEqual(answer["errors"][0]["code"], code, text[:300])

    def test_context_changes_nothing(self):
        named = {
            "batch_id": "X",
            "rows": [self.row("C-1", name="Anna")],
            "context": {
                "exchange_policy": "source_priority",
                "exchange_batch": "forged",
                "default_vat": "CZ123",
                "golden_machine": True,
                "by_itself": True,
            },
        }
        with quiet:
            answer = self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.client.user_id.id,
                self.key,
                "crm.exchange",
                "push",
                [],
                named,
            )
        self.assertTrue(answer["ok"], answer)
        partner = self.partners.browse(answer["data"]["rows"][0]["id"])
        self.assertFalse(partner.vat)

    def test_row_errors_do_not_reach_the_log(self):
        row = self.row("C-1", name="Anna Secretova", country="QQ")
        with self.assertNoLogs("odoo", "ERROR"):
            self.push(row)

    def test_privates_are_no_service(self):
        for method in ("_push", "_push_keep", "_push_resolve", "_settle"):
            status, _answer, text = self.json2(f"crm.exchange/{method}", {})
            self.assertIn(status, (403, 404))
            self.assertNoTrace(text)
        self.assertTrue(json.dumps(self.ok("hello")))


@tagged("post_install", "-at_install")
class TestPushTogether(PushCase):
    """The lock that tells two of one batch apart."""

    def test_batch_that_runs_elsewhere_is_in_progress(self):
        name = f"crm.exchange.batch/{self.client.id}/B"
        held, done = threading.Event(), threading.Event()

        def hold():
            with self.registry._db.cursor() as cr:
                query = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
                cr.execute(query, [name])
                held.set()
                done.wait(10)
                cr.rollback()

        thread = threading.Thread(target=hold)
        thread.start()
        self.assertTrue(held.wait(10))
        row = [self.row("C-1", name="Anna")]
        error = self.refused("in_progress", "push", batch_id="B", rows=row)
        self.assertTrue(error["retryable"])
        done.set()
        thread.join()
        self.assertEqual(self.push(*row, batch="B")["counts"]["created"], 1)
