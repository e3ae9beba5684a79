import csv
import hashlib
import io
import json
from unittest.mock import patch

from odoo.tests import tagged

from ...exceptions import RunStopped
from ...models.transfer import crm_exchange_transfer_import as import_rows
from ...transfer.folder import Folder
from ...transfer.problems import TransferProblem
from .transfer_common import TransferCase

IN, DONE, FAILED = (f"test-acc/{n}" for n in ("incoming", "processed", "failed"))
HEAD = "key.id;name;city\n"


@tagged("post_install", "-at_install")
class TestTransferImport(TransferCase):
    def results(self, name, path=DONE):
        text = (self.root / path / name).read_text()
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))

    def found(self, name):
        return self.env["res.partner"].search([("name", "=", name)])

    def clear(self):
        for path in (IN, DONE, FAILED):
            for name in self.files(path):
                (self.root / path / name).unlink()

    def test_rows_come_in_and_each_has_its_result(self):
        transfer = self.make("import")
        self.bring("a.csv", HEAD + "C-1;Transfer New;Ostrava\n;Nobody;\n")
        run = self.run_well(transfer)
        self.assertEqual(self.found("Transfer New").city, "Ostrava")
        self.assertEqual(self.files(IN), [])
        self.assertEqual(self.files(DONE), ["a.csv", "a.result.csv"])
        [first, second] = self.results("a.result.csv")
        self.assertEqual(first["status"], "created")
        self.assertEqual(int(first["id"]), self.found("Transfer New").id)
        self.assertEqual((first["row"], first["key.id"]), ("2", "C-1"))
        self.assertEqual(second["status"], "rejected")
        self.assertTrue(second["message"])
        self.assertEqual((run.file_count, run.row_count, run.rejected_count), (1, 2, 1))

    def test_progress_is_a_share_of_the_rows_in_the_file(self):
        transfer = self.make("import")
        self.bring("a.csv", HEAD + "".join(f"C-{i};T {i};Brno\n" for i in range(4)))
        runs, seen = type(self.env["crm.exchange.transfer.run"]), []
        with (
            patch.object(import_rows, "PART", 2),
            patch.object(runs, "_report", lambda run, *told: seen.append(told[:2])),
        ):
            self.run_well(transfer)
        self.assertEqual(seen, [(0, 1), (2, 5), (4, 5)])

    def test_a_stopped_run_says_what_is_in_already(self):
        transfer = self.make("import")
        self.bring(
            "a.csv", HEAD + "".join(f"C-{i};Transfer T {i};Brno\n" for i in range(5))
        )
        runs = type(self.env["crm.exchange.transfer.run"])

        def report(run, done, total, text=None):
            if done >= 4:
                raise RunStopped

        with (
            patch.object(import_rows, "PART", 2),
            patch.object(runs, "_report", report),
        ):
            run = self.run_once(transfer)
        self.assertEqual((run.state, run.row_count), ("stopped", 4))
        self.assertIn("4 rows of a.csv", run.note)
        self.assertTrue(self.found("Transfer T 3"))
        self.assertEqual(self.files(IN), ["a.csv"], "the next run reads it anew")
        with patch.object(import_rows, "PART", 2):
            run = self.run_well(transfer)
        self.assertEqual(run.row_count, 5)
        self.assertEqual(len(self.found("Transfer T 0")), 1)

    def test_the_same_file_twice_changes_nothing(self):
        transfer = self.make("import")
        self.bring("a.csv", HEAD + "C-1;Transfer New;Ostrava\n")
        self.run_well(transfer)
        self.found("Transfer New").city = "Praha"
        self.bring("b.csv", HEAD + "C-1;Transfer New;Ostrava\n")
        run = self.run_well(transfer)
        self.assertEqual(self.found("Transfer New").city, "Praha")
        self.assertEqual(run.file_ids.state, "repeated")
        self.assertIn("read before", self.results("b.result.csv")[0]["message"])

    def test_a_crash_before_the_file_is_moved_doubles_nothing(self):
        transfer = self.make("import")
        self.bring("a.csv", HEAD + "C-1;Transfer New;Ostrava\n")
        with patch.object(
            Folder, "move", side_effect=TransferProblem("denied", name="x")
        ):
            self.assertEqual(self.run_once(transfer).state, "failed")
        self.assertEqual(self.files(IN), ["a.csv"])
        self.run_well(transfer)
        self.assertEqual(len(self.found("Transfer New")), 1)
        self.assertEqual(self.results("a.result.csv")[0]["status"], "created")
        self.assertEqual(self.files(DONE), ["a.csv", "a.result.csv"])

    def test_what_was_exported_comes_back_unchanged(self):
        self.partners[0].write({"ref": "=1+1", "phone": "+420 777 123 456"})
        for kind in ("csv", "jsonl"):
            with self.subTest(kind):
                self.clear()
                self.run_well(
                    self.make(mode="full", kind=kind, folder="test-acc/incoming")
                )
                revisions = self.env["res.partner"].search_read(
                    [("id", "in", self.partners.ids)], ["ref", "phone", "write_date"]
                )
                run = self.run_well(self.make("import", kind=kind))
                self.assertEqual((run.row_count, run.rejected_count), (3, 0), run.note)
                self.assertEqual(run.file_ids.unchanged_count, 3)
                self.assertEqual(
                    self.env["res.partner"].search_read(
                        [("id", "in", self.partners.ids)],
                        ["ref", "phone", "write_date"],
                    ),
                    revisions,
                )

    def test_a_row_edited_meanwhile_on_both_sides_is_a_conflict(self):
        transfer = self.make(mode="full", folder="test-acc/incoming", write_sum=False)
        self.run_well(transfer)
        [name] = self.files(IN)
        path = self.root / IN / name
        path.write_text(path.read_text().replace("Brno", "Plzeň"))
        self.partners[0].city = "Praha"
        self.client.conflict_policy = "reject"
        run = self.run_well(self.make("import"))
        self.assertEqual(run.conflict_count, 1)
        self.assertEqual(self.partners.mapped("city"), ["Praha", "Plzeň", "Plzeň"])

    def test_a_client_changes_no_more_than_its_scope_allows(self):
        self.client.scope_ids.write(
            {"can_create": False, "write_mode": "list", "write_names": "city"}
        )
        first = self.partners[0]
        head = "id;name;city\n"
        self.bring("a.csv", f"{head}{first.id};Transfer Renamed;Praha\n")
        self.bring("b.csv", HEAD + "C-9;Transfer Created;Praha\n")
        run = self.run_well(self.make("import"))
        self.assertEqual(run.rejected_count, 2)
        self.assertEqual(first.name, "Transfer 0")
        self.assertFalse(self.found("Transfer Created"))

    def test_an_empty_cell_clears_only_when_it_shall(self):
        self.partners[0].ref = "R-1"
        row = f"id;ref\n{self.partners[0].id};\n"
        self.bring("a.csv", row)
        self.run_well(self.make("import"))
        self.assertEqual(self.partners[0].ref, "R-1")
        self.bring("b.csv", row)
        self.run_well(self.make("import", clear_empty=True))
        self.assertFalse(self.partners[0].ref)

    def test_a_trial_says_what_would_happen_and_changes_nothing(self):
        transfer = self.make("import", is_trial=True)
        self.bring("a.csv", HEAD + "C-1;Transfer New;Ostrava\n")
        self.run_well(transfer)
        self.assertEqual(self.results("a.result.csv")[0]["status"], "created")
        self.assertFalse(self.found("Transfer New"))
        transfer.is_trial = False
        self.bring("a.csv", HEAD + "C-1;Transfer New;Ostrava\n")
        self.run_well(transfer)
        self.assertTrue(self.found("Transfer New"))

    def test_a_file_that_still_grows_waits(self):
        transfer = self.make("import", settle_seconds=1)
        path = self.bring("a.csv", HEAD + "C-1;Transfer New;Ost")
        self.bring("b.csv.part", HEAD)
        kind = type(self.env["crm.exchange.transfer.run"])

        def grow(_self, _seconds):
            with path.open("a") as file:
                file.write("rava\n")

        with patch.object(kind, "_pause", grow):
            run = self.run_well(transfer)
        self.assertEqual((run.file_count, self.files(DONE)), (0, []))
        self.assertIn("not whole yet: 1", run.note)
        with patch.object(kind, "_pause", lambda _self, _seconds: None):
            self.run_well(transfer)
        self.assertEqual(self.found("Transfer New").city, "Ostrava")
        self.assertEqual(self.files(IN), ["b.csv.part"])

    def test_a_damaged_file_is_refused_by_its_sum(self):
        data = (HEAD + "C-1;Transfer New;Ostrava\n").encode()
        self.bring("a.csv", data)
        self.bring(
            "a.csv.sha256", hashlib.sha256(data + b"x").hexdigest() + "  a.csv\n"
        )
        run = self.run_once(self.make("import"))
        self.assertEqual(run.state, "failed")
        self.assertFalse(self.found("Transfer New"))
        self.assertEqual(self.files(FAILED), ["a.csv", "a.csv.sha256", "a.result.csv"])
        self.assertIn(
            "does not fit its sum", self.results("a.result.csv", FAILED)[0]["message"]
        )

    def test_hostile_files_are_refused_and_the_others_read(self):
        files = {
            "empty.csv": b"",
            "zip.csv": b"PK\x03\x04" + b"\0" * 500,
            "binary.csv": bytes(range(256)) * 40,
            "typo.csv": b"key.id;nmae\nC-1;x\n",
            "twice.csv": b"key.id;name;name\nC-1;x;y\n",
            "quote.csv": b'key.id;name\nC-1;"x\n' + b"y\n" * 50,
            "cell.csv": b"key.id;name\nC-1;" + b"x" * (2 << 20) + b"\n",
            "delimiter.csv": b"key.id,name\nC-1,x\n",
        }
        for name, data in files.items():
            self.bring(name, data)
        self.bring("good.csv", HEAD + "C-1;Transfer New;Ostrava\n")
        run = self.run_once(self.make("import"))
        self.assertEqual(run.failed_count, len(files), run.note)
        self.assertTrue(self.found("Transfer New"))
        failed = self.files(FAILED)
        for name in files:
            self.assertIn(name, failed)
            self.assertIn(name.replace(".csv", ".result.csv"), failed)
        self.assertNotIn("Traceback", run.note)

    def test_hostile_lines_are_rejected_and_the_others_read(self):
        good = {
            "key": {"source": "TEST-ACC", "id": "C-1"},
            "set": {"name": "Transfer New"},
        }
        lines = [
            "[" * 100_000,
            '{"key": {"source": "TEST-ACC", "id": "C-2"}, "set": {"name": NaN}}',
            '{"set": ' + '{"a":' * 500 + "1" + "}" * 501,
            "null",
            '"text"',
            '{"key": {"id": 1e400}}',
            '{"key": {"id": ' + "9" * 5000 + "}}",
            '{"key": {"source": "OTHER", "id": "C-3"}, "set": {"name": "Transfer X"}}',
            json.dumps(good),
        ]
        self.bring("a.jsonl", "\n".join(lines))
        self.run_well(self.make("import", kind="jsonl"))
        text = (self.root / DONE / "a.result.jsonl").read_text()
        results = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([r["status"] for r in results].count("created"), 1)
        numbers = [str(number) for number in range(1, len(lines) + 1)]
        self.assertEqual([r["row_id"] for r in results], numbers)
        self.assertTrue(self.found("Transfer New"))
        self.assertFalse(self.found("Transfer X"))

    def test_a_huge_file_is_not_read_to_its_end(self):
        transfer = self.make("import", max_mb=1)
        self.bring("a.csv", HEAD + "C-1;Transfer New;Brno\n" * 100_000)
        run = self.run_once(transfer)
        self.assertEqual(run.state, "failed")
        self.assertIn("larger than 1 MB", run.note)
        self.assertEqual(self.files(FAILED)[0], "a.csv")

    def test_links_in_the_incoming_folder_stay_and_are_not_read(self):
        secret = self.base / "secret.csv"
        secret.write_text(HEAD + "C-1;Transfer Secret;\n")
        self.bring("a.csv", HEAD + "C-2;Transfer New;\n")
        (self.root / IN / "link.csv").symlink_to(secret)
        self.addCleanup((self.root / IN / "link.csv").unlink)
        self.run_well(self.make("import"))
        self.assertFalse(self.found("Transfer Secret"))
        self.assertTrue(self.found("Transfer New"))
        self.assertEqual(self.files(IN), ["link.csv"])

    def test_parts_are_pushed_in_order_and_all_rows_answered(self):
        text = HEAD + "".join(f"P-{n};Transfer P{n};\n" for n in range(7))
        self.bring("a.csv", text)
        with patch(
            "odoo.addons.crm_extended.models.transfer.crm_exchange_transfer_import.PART",
            3,
        ):
            run = self.run_well(self.make("import"))
        self.assertEqual(run.file_ids.created_count, 7)
        rows = [int(row["row"]) for row in self.results("a.result.csv")]
        self.assertEqual(rows, list(range(2, 9)))
