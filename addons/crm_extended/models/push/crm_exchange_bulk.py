from odoo import api, models

from ...exchange import arguments, wire
from ...exchange.envelope import MAX_PART
from ...exchange.errors import ExchangeError
from ...exchange.waves import digest
from ..exchange.crm_exchange import service
from .checks import check_id, check_rows
from .crm_exchange_job import RESULT_DAYS

MAX_PARTS = 10_000
OPEN_JOBS = 20  # of one client, not carried out yet
_STATES = {"draft": "open", "stopped": "aborted"}


class ExchangeBulk(models.AbstractModel):
    """Pushes of any size: opened, sent in parts, then carried out in the background."""

    _inherit = "crm.exchange"

    @service
    def push_open(self, job_id, mode="each", on_conflict="", dry_run=False):
        """Begin a bulk job; the same again finds it as it is.

        :param str job_id: an id of your own, 128 characters at most
        :param str mode: as of `push`; ``all`` makes one transaction of all parts
        :return: as `push_status`
        """
        client = self._client()
        job_id = check_id(job_id, "job_id")
        mode, policy = self._push_manner(client, mode, on_conflict)
        dry_run = arguments.flag(dry_run, "dry_run") or client.sandbox
        jobs = self.env["crm.exchange.job"].sudo()
        if not jobs._find(client, job_id):
            waiting = [("client_id", "=", client.id), ("state", "=", "draft")]
            if jobs.search_count(waiting, limit=OPEN_JOBS) >= OPEN_JOBS:
                raise ExchangeError(
                    "job_state", "Commit or abort the jobs you opened before this."
                )
        job = jobs._open(client, job_id, mode, policy, dry_run)
        if (job.mode, job.policy, job.dry_run) != (mode, policy, dry_run):
            raise ExchangeError(
                "idempotency_mismatch",
                "You opened a job of this id in another manner.",
                path="job_id",
                got=job_id,
            )
        self._touch(client)
        return self._tell_job(job)

    @service
    def push_part(self, job_id, part, rows, sha256=""):
        """Send one part of a job; the same again changes nothing.

        :param int part: its number, from 1
        :param list rows: up to 5000, as `push` takes them
        :param str sha256: of the rows as JSON with sorted names and no blanks, when you
            want what arrives compared with what you sent
        :return: ``{job_id, part, rows, sha256}``
        """
        client = self._client()
        job = self._job(client, job_id)
        number = arguments.whole(part, "part", 1, MAX_PARTS)
        rows = check_rows(rows, MAX_PART)
        own, sent = digest(rows), arguments.text(sha256, "sha256").lower()
        if sent and sent != own:
            raise ExchangeError(
                "part_mismatch",
                "The rows that arrived are not those you computed the hash of.",
                path="sha256",
                expected=own,
                got=sent,
            )
        parts = self.env["crm.exchange.job.part"].sudo()
        if job.state != "draft" and not parts._find(job, number):
            self._refuse_state(job)
        if parts._receive(job, number, own, rows) != own:
            raise ExchangeError(
                "part_mismatch",
                "You sent other rows as this part before.",
                path="part",
                got=number,
            )
        return {
            "job_id": job.job_id,
            "part": number,
            "rows": len(rows),
            "sha256": own,
        }

    @service
    def push_commit(self, job_id, parts):
        """Say that all parts are sent; they are carried out in the background.

        :param int parts: how many they are, numbered from 1 without gaps
        :return: as `push_status`
        """
        client = self._client()
        job = self._job(client, job_id)
        count = arguments.whole(parts, "parts", 1, MAX_PARTS)
        numbers = set(job.part_ids.mapped("number"))
        if missing := sorted(set(range(1, count + 1)) - numbers):
            raise ExchangeError(
                "parts_missing",
                "Not all parts have arrived.",
                path="parts",
                expected=", ".join(map(str, missing[:20])),
                got=len(numbers),
            )
        if len(numbers) > count:
            raise ExchangeError(
                "part_mismatch",
                "More parts have arrived than you say.",
                path="parts",
                expected=len(numbers),
                got=count,
            )
        if not job.is_complete:
            if job.state != "draft":
                self._refuse_state(job)
            job.is_complete = True
            job.action_start()
        return self._tell_job(job)

    @service
    def push_status(self, job_id="", batch_id=""):
        """How far a bulk job is; or what of a push still waits.

        :return: of a job ``{job_id, state, mode, on_conflict, dry_run, applied,
            parts, parts_done, rows, counts, progress, waiting, kept_days, error?}``
            with state ``open``, ``queued``, ``running``, ``done``, ``failed`` or
            ``aborted``; of a push ``{batch_id, applied, counts, waiting,
            received_at}``.
            `waiting` are its rows not carried out yet: ``{row_id, entity, key, state,
            waits_for?}``, 500 at most
        """
        client = self._client()
        if bool(job_id) == bool(batch_id):
            raise ExchangeError(
                "invalid_argument", "Name a job_id or a batch_id.", path="job_id"
            )
        if job_id:
            return self._tell_job(self._job(client, job_id))
        name = check_id(batch_id, "batch_id")
        domain = [("client_id", "=", client.id), ("batch_id", "=", name)]
        batch = self.env["crm.exchange.batch"].sudo().search(domain)
        if not batch:
            raise ExchangeError(
                "unknown_job", "No push of this id was carried out.", path="batch_id"
            )
        names = ("created", "updated", "unchanged", "conflict", "rejected", "deferred")
        return {
            "batch_id": batch.batch_id,
            "applied": batch.is_applied,
            "counts": {name: batch[f"{name}_count"] for name in names},
            "waiting": self._tell_waiting(client, batch.batch_id),
            "received_at": wire.moment(batch.received_at),
        }

    @service
    def push_result(self, job_id, part=1, after=0, limit=500):
        """What became of the rows of a part.

        :param int part: number of the part
        :param int after: rows of the part to leave out
        :param int limit: 1 to 1000 rows
        :return: ``{job_id, part, state, rows, next_part, next_after}``; next_part is 0
            at the end
        """
        client = self._client()
        job = self._job(client, job_id)
        number = arguments.whole(part, "part", 1, MAX_PARTS)
        after = arguments.whole(after, "after", 0, MAX_PART)
        limit = arguments.whole(limit, "limit", 1, 1000)
        found = self.env["crm.exchange.job.part"].sudo()._find(job, number)
        if not found:
            raise ExchangeError("unknown_job", "There is no such part.", path="part")
        rows = found._get_results() if found.state == "done" else []
        more = len(rows) > after + limit
        last = number == max(job.part_ids.mapped("number"))
        return {
            "job_id": job.job_id,
            "part": number,
            "state": found.state,
            "rows": rows[after : after + limit],
            "next_part": number if more else 0 if last else number + 1,
            "next_after": after + limit if more else 0,
        }

    @service
    def push_abort(self, job_id):
        """Give a job up; parts that were carried out stay so.

        :return: as `push_status`
        """
        job = self._job(self._client(), job_id)
        if job.state == "done":
            self._refuse_state(job)
        job._abort()
        return self._tell_job(job)

    # ------------------------------------------------------------------ private

    @api.model
    def _job(self, client, job_id):
        job = self.env["crm.exchange.job"].sudo()
        job = job._find(client, check_id(job_id, "job_id"))
        if not job:
            raise ExchangeError(
                "unknown_job", "You have opened no job of this id.", path="job_id"
            )
        return job

    @api.model
    def _refuse_state(self, job):
        state = _STATES.get(job.state, job.state)
        raise ExchangeError(
            "job_state", "The job takes no more of this.", path="job_id", got=state
        )

    @api.model
    def _tell_job(self, job):
        told = {
            "job_id": job.job_id,
            "state": _STATES.get(job.state, job.state),
            "mode": job.mode,
            "on_conflict": job.policy,
            "dry_run": job.dry_run,
            "applied": job.is_applied,
            "parts": job.part_count,
            "parts_done": job.done_count,
            "rows": job.row_count,
            "counts": job._get_totals(),
            "progress": round(job.progress, 1),
            "waiting": self._tell_waiting(job.client_id, job.job_id),
            "kept_days": RESULT_DAYS,
        }
        if job.error:
            told["error"] = job.error
        return told

    @api.model
    def _tell_waiting(self, client, batch):
        """Rows of a push that wait for a person or for another record."""
        rows = (
            self.env["crm.exchange.row"]
            .sudo()
            .search(
                [
                    ("client_id", "=", client.id),
                    ("batch", "=", batch),
                    ("state", "in", ("rejected", "deferred")),
                ],
                order="id",
                limit=500,
            )
        )
        return [
            {
                "row_id": row.row_ref,
                "entity": row.entity,
                "key": row.key,
                "state": row.state,
                "waits_for": [{"entity": w.entity, "id": w.key} for w in row.wait_ids],
            }
            for row in rows
        ]
