import errno
import logging
import time
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...exceptions import RunStopped

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "To Start"),
    ("queued", "Waiting for a Worker"),
    ("running", "Running"),
    ("done", "Done"),
    ("stopped", "Stopped"),
    ("failed", "Failed"),
]


class RunMixin(models.AbstractModel):
    """A heavy piece of work done by a queue job: it shows progress, stops, runs again.

    Override `_execute` with the work; call `_report` in it every few thousand rows. The
    work is one transaction: done, or as before. An error that a user can mend is raised
    as `UserError` and shown on the run; anything else is shown as an unexpected failure
    with its traceback in the server log only.

    What the work found is written by the work alone, never by a client: every stored
    readonly field. Code that writes them does it with sudo().
    """

    _name = "crm.run.mixin"
    _inherit = "crm.kept.mixin"
    _description = "Run"

    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, index=True
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    ended_at = fields.Datetime(readonly=True, copy=False)
    seconds = fields.Float(
        readonly=True, copy=False, help="Duration of the last run in seconds"
    )
    error = fields.Text(
        readonly=True, copy=False, help="What went wrong and what to do about it"
    )
    progress = fields.Float(compute="_compute_progress")
    progress_text = fields.Char(compute="_compute_progress")

    @api.depends("state")
    def _compute_progress(self):
        rows = self.env["crm.run.progress"].sudo()
        rows = rows.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        by_run = {row.res_id: row for row in rows}
        for run in self:
            row = by_run.get(run.id)
            share = row.done if row else 0.0
            run.progress = 100.0 if run.state == "done" else share
            run.progress_text = row.text if row and run.state == "running" else False

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Only the work itself writes its outcome: %(fields)s.", fields=labels
        )

    # ------------------------------------------------------------------ buttons

    def action_start(self):
        """Queue the work. A run that waits or works already is left alone."""
        self.check_access("write")
        working = self._get_working()
        for run in self - working:
            run._check_startable()
            run._forget_progress()
            run.sudo().write({"state": "queued", "error": False})
            run._enqueue()._begin()
        return True

    def action_stop(self):
        """Ask the work to stop at its next report; what it did is rolled back."""
        self.check_access("write")
        working = self._get_working()
        for run in self.filtered(lambda r: r.state in ("queued", "running")):
            if run.state == "queued" or run not in working:
                run.sudo().state = "stopped"
            run._write_progress(stop_requested=True)
        return True

    def _get_day_made(self):
        """The day the run was made as its reader's calendar has it, for its name."""
        made = self.create_date or fields.Datetime.now()
        return fields.Datetime.context_timestamp(self, made).strftime("%Y-%m-%d")

    # ------------------------------------------------------------------ override

    def _check_startable(self):
        """Override to refuse a start with a clear `UserError`."""

    def _execute(self):
        """Override with the work; returns values to write on the finished run."""
        raise NotImplementedError(self._name)

    # ------------------------------------------------------------------ the work

    def _begin(self):
        """Let everyone see that the work begins, then queue the work itself.

        A job of its own, because a job's changes are seen only when it ends.
        """
        self.ensure_one()
        if self.state == "queued":
            self.sudo().write({"state": "running", "started_at": fields.Datetime.now()})
            self._enqueue()._run()

    def _run(self):
        """Do the work in one transaction and keep its outcome; a job calls this."""
        self.ensure_one()
        if self.state == "stopped":
            return
        started = time.monotonic()
        clock = [0.0]
        self.sudo().write({"state": "running", "started_at": fields.Datetime.now()})
        try:
            with self.env.cr.savepoint():
                run = self.with_context(run_clock=clock)
                outcome = {"state": "done", **(run._execute() or {})}
        except (TransactionRollbackError, psycopg2.InterfaceError):
            raise  # serialisation or lost connection: the queue tries again
        except RunStopped:
            outcome = {"state": "stopped"}
        except UserError as error:
            outcome = {"state": "failed", "error": str(error)}
        except Exception as error:
            _logger.exception("%s,%s failed", self._name, self.id)
            outcome = {"state": "failed", "error": self._tell_error(error, clock)}
        self.sudo().write(
            {
                **outcome,
                "ended_at": fields.Datetime.now(),
                "seconds": time.monotonic() - started,
            }
        )

    def _run_within(self):
        """Do the work inside the caller's transaction: no commit, errors are raised.

        For demo data, commands and work that is a step of other work.
        """
        self.ensure_one()
        clock = {"started_at": fields.Datetime.now()}
        started = time.monotonic()
        outcome = self.with_context(run_clock=[0.0])._execute() or {}
        clock["ended_at"] = fields.Datetime.now()
        clock["seconds"] = time.monotonic() - started
        vals = {"state": "done", "error": False, **clock, **outcome}
        self.sudo().write(vals)

    def _report(self, done, total, text=None):
        """Show progress, at most once a second, and obey a pressed Stop.

        :param done: units of work done, of `total`
        :raises RunStopped: when a person asked to stop
        """
        clock = self.env.context.get(
            "run_clock", [0.0]
        )  # when progress was last written
        if time.monotonic() - clock[0] < 1.0 and done < total:
            return
        clock[:] = [time.monotonic(), text]
        share = 100.0 * done / total if total else 0.0
        if self._write_progress(done=min(share, 100.0), text=text):
            raise RunStopped

    # ------------------------------------------------------------------ private

    def _tell_error(self, error, clock):
        """What a person can do about an error that nobody foresaw."""
        full = isinstance(error, psycopg2.errors.DiskFull)
        if full or getattr(error, "errno", None) == errno.ENOSPC:
            step = ", ".join(filter(None, [self._description, *clock[1:]]))
            return self.env._(
                "No space is left on the disk of the server (%(step)s). Nothing was "
                "changed. Ask your administrator to free or add disk space, then start "
                "again.",
                step=step,
            )
        return self.env._(
            "Unexpected error (%(kind)s). Nothing was changed. The server log has the "
            "details; the run can be started again.",
            kind=type(error).__name__,
        )

    def _is_in_one_transaction(self):
        """Tests and the loading of demo data may not commit in their middle."""
        return bool(modules.module.current_test) or not self.env.registry.ready

    def _enqueue(self):
        """The run as a job to be; the next method called on it is queued."""
        return self.with_delay(
            channel="root.customer",
            description=f"{self._description}: {self.display_name}",
            max_retries=3,
        )

    def _get_working(self):
        """Runs that a job waits for or works on.

        A worker may be killed with its machine: then the state still says running, but
        no job will ever end it, and it must be possible to start again.
        """
        claimed = self.filtered(lambda run: run.state in ("queued", "running"))
        if not claimed:
            return claimed
        jobs = self.env["queue.job"].sudo()  # only asked for whose job is alive
        jobs = jobs.search(
            [
                ("model_name", "=", self._name),
                ("method_name", "in", ("_begin", "_run")),
                ("state", "not in", ("done", "cancelled", "failed")),
            ]
        )
        alive = {id_ for job in jobs for id_ in job.records.ids}
        return claimed.filtered(lambda run: run.id in alive)

    @contextmanager
    def _progress_cursor(self):
        if self._is_in_one_transaction():
            yield self.env.cr
        else:
            with self.env.registry.cursor() as cursor:
                yield cursor

    def _write_progress(self, done=None, text=None, stop_requested=None):
        """Store progress beside the run; returns whether a stop was requested."""
        with self._progress_cursor() as cursor:
            cursor.execute(
                SQL(
                    """
                    INSERT INTO crm_run_progress AS p
                        (res_model, res_id, done, text, stop_requested, reported_at)
                    VALUES (%(model)s, %(id)s, %(done)s, %(text)s, %(stop)s,
                            now() AT TIME ZONE 'UTC')
                    ON CONFLICT (res_model, res_id) DO UPDATE SET
                        done = COALESCE(%(done)s, p.done),
                        text = COALESCE(%(text)s, p.text),
                        stop_requested = COALESCE(%(stop)s, p.stop_requested),
                        reported_at = EXCLUDED.reported_at
                    RETURNING stop_requested
                    """,
                    model=self._name,
                    id=self.id,
                    done=done,
                    text=text,
                    stop=stop_requested,
                )
            )
            [(stop,)] = cursor.fetchall()
        self.env["crm.run.progress"].invalidate_model()
        self.invalidate_recordset(["progress", "progress_text"])
        return bool(stop)

    def _forget_progress(self):
        rows = self.env["crm.run.progress"].sudo()
        rows.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()
