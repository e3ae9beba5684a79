import csv
import hashlib
import io
import json
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...transfer.folder import Folder
from ...transfer.problems import TransferProblem
from .transfer_common import TransferCase

OUT = "test-acc/outgoing"


@tagged("post_install", "-at_install")
class TestTransferExport(TransferCase):
    def rows_of(self, name, delimiter=";", encoding="utf-8"):
        text = (self.root / OUT / name).read_bytes().decode(encoding)
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))

    def only_file(self):
        [name] = [n for n in self.files(OUT) if not n.endswith(".sha256")]
        return name

    def clear(self):
        for name in self.files(OUT):
            (self.root / OUT / name).unlink()

    def test_the_first_file_holds_all_and_the_next_only_what_changed(self):
        transfer = self.make()
        run = self.run_well(transfer)
        rows = self.rows_of(self.only_file())
        self.assertEqual(
            {row["name"] for row in rows}, set(self.partners.mapped("name"))
        )
        self.assertEqual(rows[0]["city"], "Brno")
        self.assertEqual((run.file_count, run.row_count), (1, 3))
        self.clear()
        self.partners[0].city = "Praha"
        self.partners[1].unlink()
        self.run_well(transfer)
        rows = {int(row["id"]): row for row in self.rows_of(self.only_file())}
        self.assertEqual(
            {key: row["op"] for key, row in rows.items()},
            {self.partners[0].id: "upsert", self.partners[1].id: "delete"},
        )
        self.assertEqual(rows[self.partners[0].id]["city"], "Praha")

    def test_nothing_new_writes_no_file_unless_it_shall(self):
        transfer = self.make()
        self.run_well(transfer)
        self.clear()
        run = self.run_well(transfer)
        self.assertEqual((self.files(OUT), run.file_count), ([], 0))
        transfer.write_empty = True
        self.run_well(transfer)
        self.assertEqual(self.rows_of(self.only_file()), [])

    def test_a_full_export_holds_everything_each_time(self):
        transfer = self.make(mode="full", pattern="customers.csv", replace=True)
        for _time in range(2):
            self.run_well(transfer)
            self.assertEqual(len(self.rows_of("customers.csv")), 3)
        self.assertEqual(self.files(OUT), ["customers.csv", "customers.csv.sha256"])

    def test_a_name_that_is_taken_gets_a_number(self):
        transfer = self.make(mode="full", pattern="customers.csv", write_sum=False)
        self.run_well(transfer)
        self.run_well(transfer)
        self.assertEqual(self.files(OUT), ["customers-2.csv", "customers.csv"])

    def test_the_sum_beside_the_file_fits(self):
        self.run_well(self.make())
        name = self.only_file()
        told, beside = (self.root / OUT / f"{name}.sha256").read_text().split()
        data = (self.root / OUT / name).read_bytes()
        self.assertEqual((told, beside), (hashlib.sha256(data).hexdigest(), name))

    def test_a_client_gets_the_fields_and_records_of_its_scope_only(self):
        self.client.scope_ids.write({"field_mode": "list", "field_names": "name"})
        self.run_well(self.make())
        rows = self.rows_of(self.only_file())
        self.assertNotIn("city", rows[0])
        self.assertEqual(len(rows), 3)

    def test_json_lines_are_the_items_of_the_feed(self):
        self.run_well(self.make(kind="jsonl"))
        name = self.only_file()
        self.assertTrue(name.endswith(".jsonl"))
        lines = (self.root / OUT / name).read_text().splitlines()
        items = [json.loads(line) for line in lines]
        self.assertEqual({item["op"] for item in items}, {"upsert"})
        self.assertEqual(
            {item["data"]["name"] for item in items}, set(self.partners.mapped("name"))
        )

    def test_a_formula_is_guarded_and_a_number_left_alone(self):
        self.partners[0].write(
            {"ref": "=cmd|' /C calc'!A0", "phone": "+420 777 123 456"}
        )
        transfer = self.make(mode="full")
        self.run_well(transfer)
        row = next(r for r in self.rows_of(self.only_file()) if r["ref"])
        self.assertEqual(row["ref"], "'=cmd|' /C calc'!A0")
        self.assertTrue(row["phone"].startswith("'+420"))
        self.clear()
        transfer.guarded = False
        self.run_well(transfer)
        row = next(r for r in self.rows_of(self.only_file()) if r["ref"])
        self.assertTrue(row["phone"].startswith("+420"))

    def test_an_encoding_and_what_it_cannot_hold(self):
        self.partners[0].name = "Transfer Dvořák 李"
        run = self.run_well(self.make(encoding="cp1250", delimiter=","))
        names = [r["name"] for r in self.rows_of(self.only_file(), ",", "cp1250")]
        self.assertIn("Transfer Dvořák ?", names)
        self.assertIn("“?”: 1", run.note)

    def test_a_crash_before_the_position_moves_repeats_and_loses_nothing(self):
        transfer = self.make()
        self.run_well(transfer)
        self.clear()
        self.partners[0].city = "Praha"
        kind = type(self.env["crm.exchange.transfer.run"])
        with patch.object(
            kind, "_move_on", side_effect=TransferProblem("silent", name="x")
        ):
            self.assertEqual(self.run_once(transfer).state, "failed")
        first = self.rows_of(self.only_file())
        self.clear()
        self.run_well(transfer)
        self.assertEqual(self.rows_of(self.only_file()), first)

    def test_a_crash_while_writing_shows_no_half_file(self):
        transfer = self.make()
        with patch.object(
            Folder, "_rename", side_effect=TransferProblem("denied", name="x")
        ):
            run = self.run_once(transfer)
        self.assertEqual(run.state, "failed")
        self.assertFalse(self.files(OUT))
        self.run_well(transfer)
        self.assertEqual(len(self.rows_of(self.only_file())), 3)

    def test_after_a_change_of_scope_everything_is_written_again(self):
        transfer = self.make()
        self.run_well(transfer)
        self.clear()
        self.client.scope_ids.domain = "[('name', '=', 'Transfer 1')]"
        run = self.run_well(transfer)
        self.assertEqual(len(self.rows_of(self.only_file())), 1)
        self.assertIn("Everything was written again", run.note)

    def test_starting_over_writes_everything(self):
        transfer = self.make()
        self.run_well(transfer)
        self.clear()
        transfer.action_start_over()
        self.run_well(transfer)
        self.assertEqual(len(self.rows_of(self.only_file())), 3)

    def test_pages_are_joined_without_gap_or_double(self):
        with patch(
            "odoo.addons.crm_extended.models.transfer.crm_exchange_transfer_export.PAGE",
            2,
        ):
            self.run_well(self.make())
        ids = [row["id"] for row in self.rows_of(self.only_file())]
        self.assertEqual(sorted(map(int, ids)), sorted(self.partners.ids))

    def test_a_file_larger_than_allowed_is_not_written(self):
        self.partners[0].website = "x" * 240
        transfer = self.make(kind="jsonl")
        with patch(
            "odoo.addons.crm_extended.transfer.written.RowsFile._flush",
            side_effect=TransferProblem("too_large", megabytes=1),
        ):
            run = self.run_once(transfer)
        self.assertEqual(run.state, "failed")
        self.assertIn("larger than 1 MB", run.error)
        self.assertFalse(self.files(OUT))

    def test_a_client_switched_off_or_expired_gets_nothing(self):
        transfer = self.make()
        self.client.expires_at = fields.Datetime.now() - timedelta(days=1)
        run = self.run_once(transfer)
        self.assertEqual(run.state, "failed")
        self.assertIn("client_expired", run.error)
        self.assertFalse(self.files(OUT))

    def test_two_runs_at_once_are_one(self):
        transfer = self.make()
        run = self.env["crm.exchange.transfer.run"].create({"transfer_id": transfer.id})
        with self.env.registry.cursor() as other:
            other.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [0x66696C65, transfer.id]
            )
            run._run()
        self.assertEqual(run.state, "failed")
        self.assertIn("Another run", run.error)

    def test_the_schedule_starts_what_is_due_and_keeps_its_oclock(self):
        zone = "Europe/Prague"
        self.env.company.partner_id.tz = zone
        transfer = self.make(next_at=datetime(2026, 10, 24, 0, 0), interval_type="days")
        # clocks went back on the 25th: two o'clock is an hour later in UTC then
        self.assertEqual(
            transfer._get_next(datetime(2026, 10, 24, 12)), datetime(2026, 10, 25, 1, 0)
        )
        hourly = self.make(next_at=datetime(2026, 1, 1), interval_type="hours")
        self.assertEqual(
            hourly._get_next(datetime(2026, 3, 1, 7, 30)), datetime(2026, 3, 1, 8)
        )
        by_hand = self.make(interval_type="never", next_at=datetime(2026, 1, 1))
        now = fields.Datetime.now()
        due = transfer | hourly
        with patch.object(type(due), "_start", autospec=True) as start:
            self.env["crm.exchange.transfer"]._cron_start_due()
        started = start.call_args.args[0]
        self.assertIn(transfer, started)
        self.assertNotIn(by_hand, started)
        self.assertTrue(all(t.next_at > now for t in due))

    def test_names_that_lead_elsewhere_are_refused(self):
        for values in (
            {"folder": "../other"},
            {"folder": "/etc"},
            {"pattern": "{entity.__class__}.csv"},
            {"pattern": "../x.csv"},
            {"pattern": ".hidden"},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.make(**values)
        with self.assertRaises(ValidationError):
            self.place.path = "../../etc"
        with self.assertRaises(ValidationError):
            self.make("import", folder="a", processed_folder="a")

    def test_a_link_out_of_the_place_is_not_followed(self):
        transfer = self.make()
        outside = self.base / "outside"
        outside.mkdir(exist_ok=True)
        (self.root / "test-acc").mkdir(parents=True, exist_ok=True)
        link = self.root / "test-acc" / "outgoing"
        link.symlink_to(outside)
        self.addCleanup(link.unlink)
        run = self.run_once(transfer)
        self.assertEqual(run.state, "failed")
        self.assertIn("is a link", run.error)
        self.assertEqual(list(outside.iterdir()), [])

    def test_the_test_button_says_what_is_wrong(self):
        note = self.place.action_test()
        self.assertEqual(note["params"]["type"], "success")
        self.assertFalse(self.place.problem)
        self.assertNotIn("exchange-test.txt", self.files(""))
        with patch.object(
            Folder, "put", side_effect=TransferProblem("denied", name="x")
        ):
            note = self.place.action_test()
        self.assertEqual(note["params"]["type"], "danger")
        self.assertIn("not allowed", self.place.problem)
