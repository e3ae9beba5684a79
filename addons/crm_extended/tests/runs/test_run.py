import errno
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.tests.common import trap_jobs

MIXIN = "odoo.addons.crm_extended.models.runs.crm_run_mixin"


@tagged("post_install", "-at_install")
class TestRun(TransactionCase):
    """A run is all or nothing, shows how far it is, stops and starts again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Run = cls.env["crm.segment.run"]
        cls.refresh = cls.Run.create({})

    def work(self, work, run=None):
        """Let the run do `work(run)` instead of refreshing segments."""
        run = run or self.refresh
        with patch.object(type(self.Run), "_execute", work):
            run._run()

    def test_two_jobs_do_the_work_so_that_others_see_it_running(self):
        with trap_jobs() as trap:
            self.refresh.action_start()
            self.assertEqual(self.refresh.state, "queued")
            trap.assert_jobs_count(1)
            trap.assert_enqueued_job(self.refresh._begin)
        with trap_jobs() as trap:
            self.refresh._begin()
            self.assertEqual(self.refresh.state, "running")
            trap.assert_enqueued_job(self.refresh._run)
        self.work(lambda run: {"entered": 7})
        self.assertEqual((self.refresh.state, self.refresh.entered), ("done", 7))
        self.assertEqual(self.refresh.progress, 100)

    def test_start_pressed_twice_queues_once(self):
        self.refresh.action_start()
        self.refresh.action_start()
        jobs = self.env["queue.job"].search([("model_name", "=", self.refresh._name)])
        self.assertEqual(len(jobs.filtered(lambda j: self.refresh in j.records)), 1)

    def test_failed_work_leaves_nothing_and_says_what_to_do(self):
        words = "Row 3: no date. Mend the row."

        def work(run):
            run.env["res.partner"].create({"name": "Half done"})
            raise UserError(words)

        self.work(work)
        self.assertEqual(self.refresh.state, "failed")
        self.assertEqual(self.refresh.error, words)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Half done")]))

    def test_unexpected_error_shows_no_traceback_and_no_data(self):
        def work(run):
            raise KeyError("jana@example.com")

        with mute_logger(MIXIN):
            self.work(work)
        self.assertIn("KeyError", self.refresh.error)
        self.assertNotIn("jana", self.refresh.error)

    def test_full_disk_fails_the_run_but_a_collision_is_tried_again(self):
        def full(run):
            run._report(1, 4, "1000 rows read")
            raise psycopg2.errors.DiskFull("no space left")

        def collision(run):
            raise psycopg2.errors.SerializationFailure("could not serialize")

        def full_folder(run):
            raise OSError(errno.ENOSPC, "No space left on device")

        for work, step in ((full, "1000 rows read"), (full_folder, "Segment Refresh")):
            with self.subTest(step), mute_logger(MIXIN):
                self.work(work)
                self.assertEqual(self.refresh.state, "failed")
                self.assertIn("No space is left on the disk", self.refresh.error)
                self.assertIn(step, self.refresh.error)
                self.assertIn("free or add disk space", self.refresh.error)
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self.work(collision)

    def test_stop_undoes_what_was_done(self):
        def work(run):
            run.env["res.partner"].create({"name": "Half done"})
            run._write_progress(stop_requested=True)
            run._report(100, 100)

        self.work(work)
        self.assertEqual(self.refresh.state, "stopped")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Half done")]))

    def test_progress_is_told_while_the_work_goes_on(self):
        seen = []

        def work(run):
            run._report(1, 4, "Reading")
            seen.append((self.refresh.progress, self.refresh.progress_text))

        self.work(work)
        self.assertEqual(seen, [(25, "Reading")])

    def test_a_run_stopped_while_waiting_is_not_done(self):
        self.refresh.action_start()
        self.refresh.action_stop()
        self.refresh._begin()
        self.work(lambda run: {"entered": 7})
        self.assertEqual((self.refresh.state, self.refresh.entered), ("stopped", 0))

    def test_a_run_whose_worker_was_killed_can_be_stopped_and_started(self):
        self.refresh.action_start()
        self.refresh.state = "running"
        job = self.env["queue.job"].search([("model_name", "=", self.refresh._name)])
        job = job.filtered(lambda j: self.refresh in j.records)
        Job.load(self.env, job.uuid).set_failed()
        job.state = "failed"
        self.refresh.action_stop()
        self.assertEqual(self.refresh.state, "stopped")
        self.refresh.action_start()
        self.assertEqual(self.refresh.state, "queued")

    def test_starting_again_forgets_the_stop_and_the_error(self):
        def stopped(run):
            run._write_progress(stop_requested=True)
            run._report(1, 1)

        self.work(stopped)
        self.refresh.action_start()
        self.assertFalse(self.refresh.error)
        self.work(lambda run: run._report(1, 1))
        self.assertEqual(self.refresh.state, "done")

    def test_a_manager_starts_a_run_but_does_not_write_its_outcome(self):
        manager = new_test_user(
            self.env, "run_manager", groups="crm_extended.group_customer_manager"
        )
        run = self.Run.with_user(manager).create({"on_date": "2024-01-31"})
        with self.assertRaises(AccessError):
            run.write({"state": "done", "entered": 7})
        with self.assertRaises(AccessError):
            run.create({"error": "x"})
        run.action_start()
        self.work(lambda run: {"entered": 7}, run)
        self.assertEqual((run.state, run.entered), ("done", 7))
        self.assertEqual(run.copy().entered, 0)

    def test_only_those_who_may_write_a_run_start_and_stop_it(self):
        clerk = new_test_user(
            self.env, "clerk", groups="crm_extended.group_customer_user"
        )
        for button in ("action_start", "action_stop"):
            with self.assertRaises(AccessError):
                getattr(self.refresh.with_user(clerk), button)()
