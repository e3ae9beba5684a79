import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from ..engine import store as engine_store
from ..models import crm_warehouse_run
from .common import WarehouseCase

HOLD = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
)


class TestWarehouse(WarehouseCase):
    """A warehouse that is missing, locked, full or damaged says what to do about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plant_purchases(count=60)

    def total(self, user=None):
        cube = self.Cube.with_user(user or self.analyst)
        return cube._read_group([], [], ["amount:sum", "__count"])[0]

    def file(self, run):
        return self.store().root / run.version / "warehouse.duckdb"

    def assert_refused(self, words):
        with self.assertRaisesRegex(UserError, words) as caught:
            self.total()
        self.assertNotIn(str(self.store().root), str(caught.exception))

    def assert_error(self, call, kinds=(UserError, ValueError)):
        """Odoo's assertRaises takes one class only."""
        try:
            call()
        except kinds:
            return
        self.fail("it was answered")

    def test_the_log_names_the_kind_of_failure_and_no_value_of_a_filter(self):
        warehouse = self.env["crm.warehouse"]
        logger = "odoo.addons.crm_analytics.models.crm_warehouse"
        sql = "SELECT CAST('jan@example.org' AS INTEGER)"
        with (
            self.assertLogs(logger, "DEBUG") as log,
            self.assertRaises(UserError),
        ):
            self.refresh()
            warehouse._ask_columns(sql)
        self.assertIn("ConversionException", str(log.output))
        self.assertNotIn("example.org", str(log.output))

    # ------------------------------------------------------------------ refresh

    def test_a_refresh_copies_every_row_and_says_so(self):
        run = self.refresh()
        self.assertEqual((run.state, run.is_current), ("done", True), run.error)
        self.assertEqual(run.rows, run.source_rows)
        self.assertAlmostEqual(run.amount, run.source_amount, 4)
        self.assertEqual(run.rows, self.total(self.env.user)[1])
        self.assertGreater(run.size_mb, 0)
        folder = self.file(run).parent
        self.assertTrue((folder / "crm_cube_purchase.parquet").is_file())
        self.assertFalse((folder / "rows.csv").exists())

    def test_a_purchase_is_seen_after_the_next_refresh_only(self):
        self.refresh()
        before = self.total()[1]
        row = self.purchase(self.customers[0], "2025-05-05", 5)
        self.env["crm.purchase"].create(row)
        self.assertEqual(self.total()[1], before)
        self.refresh()
        self.assertEqual(self.total()[1], before + 1)

    def test_old_snapshots_are_removed_and_leftovers_cleaned(self):
        param = self.env["ir.config_parameter"]
        param.set_param("crm_analytics.warehouse_versions", "2")
        runs = [self.refresh() for __ in range(4)]
        left = self.store().root / ".building-crashed"
        left.mkdir()
        last = self.refresh()
        kept = self.store().versions()
        self.assertEqual(len(kept), 3, "two older ones and the new one")
        self.assertIn(last.version, kept)
        self.assertNotIn(runs[0].version, kept)
        self.assertFalse(left.exists())

    def test_the_snapshot_in_use_cannot_be_deleted(self):
        old, new = self.refresh(), self.refresh()
        with self.assertRaisesRegex(UserError, "in use"):
            new.unlink()
        old.unlink()

    def test_a_copy_that_disagrees_never_becomes_current(self):
        good = self.refresh()
        expected = type(good)._expected
        with patch.object(
            type(good), "_expected", lambda s: {**expected(s), "rows": 1}
        ):
            bad = self.refresh()
        self.assertEqual(bad.state, "failed")
        self.assertIn("does not agree", bad.error)
        self.assertTrue(good.is_current)
        self.assertEqual(self.store().versions()[-1], good.version)

    def test_a_taken_lock_stops_the_refresh(self):
        good = self.refresh()
        asked = type(self.env).execute_query

        def taken(env, query):
            if "pg_try_advisory" in query.code:
                return [(False,)]
            return asked(env, query)

        with patch.object(type(self.env), "execute_query", taken):
            run = self.refresh()
        self.assertEqual(run.state, "failed")
        self.assertIn("already running", run.error)
        self.assertTrue(good.is_current)

    # ------------------------------------------------------------------ bad input

    def test_before_the_first_refresh_the_pivot_is_empty(self):
        self.assertEqual(self.total(), (False, 0))
        self.assertEqual(self.Cube._read_group([], ["channel"], ["__count"]), [])
        self.assertEqual(self.Cube._read_grouping_sets([], [[], ["channel"]]), [[], []])
        self.assertEqual(self.Cube.search_count([]), 0)
        self.assertFalse(self.Cube.search([]))

    def test_scores_before_the_first_refresh_say_to_refresh(self):
        run = self.env["crm.score.run"].create({})
        run._run()
        self.assertEqual(run.state, "failed")
        self.assertIn("Refresh it", run.error)

    def test_a_deleted_snapshot_is_told_and_mended_by_a_refresh(self):
        run = self.refresh()
        good = self.total()
        self.store().remove(run.version)
        self.assert_refused("no data.*Refresh it")
        self.refresh()
        self.assertEqual(self.total(), good)

    def test_a_file_deleted_under_a_running_server_is_told(self):
        run = self.refresh()
        self.total()
        self.file(run).unlink()
        self.assert_refused("Refresh it")

    def test_a_truncated_snapshot_is_told_and_mended_by_a_refresh(self):
        run = self.refresh()
        good = self.total()
        os.truncate(self.file(run), 4096)
        self.assert_refused("damaged or was cut short")
        self.refresh()
        self.assertEqual(self.total(), good)

    def test_a_snapshot_of_garbage_is_told(self):
        run = self.refresh()
        file = self.file(run)
        file.write_bytes(b"x" * file.stat().st_size)
        self.store().forget(run.version)
        self.assert_refused("damaged")

    def test_a_snapshot_of_another_version_is_told(self):
        run = self.refresh()
        path = self.file(run).with_name(engine_store.MANIFEST)
        manifest = json.loads(path.read_text()) | {"format": 999}
        path.write_text(json.dumps(manifest))
        self.assert_refused("another version")
        path.write_text("{")
        self.assert_refused("damaged")

    def test_a_locked_snapshot_is_told_and_works_when_released(self):
        run = self.refresh()
        self.store().forget(run.version)
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(self.file(run))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            holder.stdout.readline()
            self.assert_refused("Close it")
            again = self.refresh()  # a new file, nobody holds it
            self.assertEqual(again.state, "done")
            self.total()
        finally:
            holder.communicate(b"\n", timeout=20)

    def test_a_full_disk_leaves_the_last_good_data(self):
        good = self.refresh()
        total = self.total()
        real = crm_warehouse_run.build_snapshot

        def full(folder, *args):
            (Path(folder) / "rows.csv").symlink_to("/dev/full")
            return real(folder, *args)

        with patch.object(crm_warehouse_run, "build_snapshot", full):
            run = self.refresh()
        self.assertEqual(run.state, "failed")
        self.assertIn("disk of the warehouse is full", run.error)
        self.assertEqual(self.store().versions()[-1], good.version)
        self.assertTrue(good.is_current)
        self.assertEqual(self.total(), total)
        self.assertEqual(self.refresh().state, "done")

    def test_an_amount_beyond_all_bounds_stops_the_refresh_with_a_reason(self):
        good = self.refresh()
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE crm_purchase SET amount_company = 1e15 WHERE id = %s "
                "RETURNING 1",
                self.purchases[0].id,
            )
        )
        with mute_logger("odoo.sql_db"):
            run = self.refresh()
        self.assertEqual(run.state, "failed")
        self.assertIn("99 trillion", run.error)
        wrong = self.purchases[0]
        self.assertIn(f"amount: {wrong.id} ({wrong.date}).", run.error)
        self.assertTrue(good.is_current)

    # ------------------------------------------------------------------ hostile

    def test_injection_is_refused(self):
        self.refresh()
        cube = self.Cube.with_user(self.analyst)
        evil = '"; DROP TABLE res_partner; --'
        for call in (
            lambda: cube._read_group([], [f"channel{evil}"], ["__count"]),
            lambda: cube._read_group([], ["channel"], [f"amount:sum{evil}"]),
            lambda: cube._read_group([], ["channel"], ["amount:pg_sleep"]),
            lambda: cube._read_group([], ["channel"], [], order=f"channel {evil}"),
            lambda: cube._read_group([], [f"date:{evil}"], []),
            lambda: cube._read_grouping_sets([], [[f"date:month{evil}"]], []),
            lambda: cube.search([], order=f"date {evil}"),
            lambda: cube.search([(evil, "=", 1)]),
        ):
            self.assert_error(call)
        self.assertEqual(cube.search_count([("channel", "=", evil)]), 0)
        self.assertEqual(cube.search_count([("channel", "ilike", "'; SELECT 1")]), 0)

    def test_a_field_that_the_user_may_not_read_cannot_be_filtered_by(self):
        self.refresh()
        cube = self.Cube.with_user(self.analyst)
        for path in ("user_id.password", "partner_id.signup_token", "partner_id.nope"):
            with self.subTest(path=path):
                self.assert_error(lambda p=path: cube.search([(p, "like", "a")]))
        field = self.Cube._fields["cost"]
        with patch.object(field, "groups", "base.group_system"):
            for call in (
                lambda: cube.search([("cost", ">", 0)]),
                lambda: cube._read_group([], [], ["cost:sum"]),
                lambda: cube._read_group([], ["channel"], [], order="cost:sum"),
            ):
                with self.assertRaises(UserError):
                    call()

    def test_a_filter_without_bottom_ends_in_a_clear_error_or_an_answer(self):
        self.refresh()
        cube = self.Cube.with_user(self.analyst)
        wide = ["|"] * 9999 + [("amount", "=", n) for n in range(10000)]
        deep = [("channel", "=", "web")]
        for __ in range(3000):
            deep = [("partner_id", "any", [("child_ids", "any", deep)])]
        for domain in (wide, ["!"] * 10000 + [("channel", "=", "web")]):
            try:
                cube.search_count(domain)
            except UserError as error:
                self.assertIn("Simplify", str(error))
        self.assert_error(lambda: cube.search_count(deep), (UserError, RecursionError))

    def test_a_hundred_thousand_ids_are_answered(self):
        self.refresh()
        ids = list(range(1, 100001))
        cube = self.Cube.with_user(self.analyst)
        everyone = cube.search_count([("partner_id", "in", ids)])
        self.assertEqual(everyone, self.total()[1])

    def test_a_value_that_is_no_text_is_refused_kindly(self):
        self.refresh()
        for value in ("a\x00b", "\ud800"):
            with self.assertRaisesRegex(UserError, "Simplify"):
                self.Cube.search_count([("channel", "ilike", value)])
