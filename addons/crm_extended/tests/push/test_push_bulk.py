from unittest.mock import patch

from odoo.tests import tagged

from ...exchange.waves import digest
from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushBulk(PushCase):
    """Loads of any size: in parts, resumable, each row with its answer."""

    def rows(self, start, size):
        return [
            self.row(f"B-{n}", name=f"Bulk {n}") for n in range(start, start + size)
        ]

    def open(self, *sizes, job_id="J", **arguments):
        self.ok("push_open", job_id=job_id, **arguments)
        start = 0
        for number, size in enumerate(sizes, 1):
            rows = self.rows(start, size)
            self.ok("push_part", job_id=job_id, part=number, rows=rows)
            start += size
        return self.env["crm.exchange.job"].search([("job_id", "=", job_id)])

    def commit(self, job):
        """Say that all is sent, and do the work as the queue would."""
        job_id, parts = job.job_id, len(job.part_ids)
        told = self.ok("push_commit", job_id=job_id, parts=parts)
        self.assertEqual(told["state"], "queued")
        job._run()
        return self.ok("push_status", job_id=job_id)

    def test_whole_way(self):
        job = self.open(30, 20)
        told = self.commit(job)
        self.assertEqual((told["state"], told["parts_done"]), ("done", 2), job.error)
        self.assertEqual(told["counts"]["created"], 50)
        self.assertTrue(told["applied"])
        seen, part, after = [], 1, 0
        while part:
            page = self.ok("push_result", job_id="J", part=part, after=after, limit=12)
            seen += [row["row_id"] for row in page["rows"]]
            part, after = page["next_part"], page["next_after"]
        self.assertEqual(seen, [f"B-{n}" for n in range(50)])

    def test_job_ends_with_the_key_it_came_with_or_its_client(self):
        partners = self.env["res.partner"]
        job = self.open(2)
        job.credential_ref = self.client.credential_ids[0].id
        self.client.credential_ids._revoke()
        self.assertEqual(self.commit(job)["state"], "failed")
        job = self.open(2, job_id="K")
        self.ok("push_commit", job_id="K", parts=1)
        self.client.active = False
        job._run()
        self.assertEqual(job.state, "failed")
        self.assertFalse(partners.search_count([("name", "=like", "Bulk %")]))
        self.client.active = True
        job.action_start()
        job._run()
        self.assertEqual(job.state, "done", job.error)

    def test_part_is_idempotent_by_its_content(self):
        job = self.open(3)
        again = self.ok("push_part", job_id="J", part=1, rows=self.rows(0, 3))
        self.assertEqual(again["sha256"], digest(self.rows(0, 3)))
        other = self.rows(7, 3)
        self.refused("part_mismatch", "push_part", job_id="J", part=1, rows=other)
        wrong = {"job_id": "J", "part": 2, "rows": other, "sha256": "0" * 64}
        self.refused("part_mismatch", "push_part", **wrong)
        self.assertEqual(len(job.part_ids), 1)

    def test_gap_is_told_before_anything_is_done(self):
        self.ok("push_open", job_id="J")
        self.ok("push_part", job_id="J", part=1, rows=self.rows(0, 1))
        self.ok("push_part", job_id="J", part=3, rows=self.rows(1, 1))
        error = self.refused("parts_missing", "push_commit", job_id="J", parts=3)
        self.assertEqual(error["expected"], "2")

    def test_job_goes_on_where_it_was_when_the_server_died(self):
        job = self.open(5, 5, 5)
        self.ok("push_commit", job_id="J", parts=3)
        part = type(job.part_ids)
        carry_out, died = part._carry_out, []

        def die_once(self):
            if self.number == 2 and not died:
                died.append(self.number)
                raise ValueError("power cut")
            carry_out(self)

        with patch.object(part, "_carry_out", die_once):
            with self.assertLogs("odoo.addons.crm_extended", "ERROR"):
                # each part commits by itself; in a test a failing one takes all back
                with patch.object(type(job), "_in_own_transaction", _kept):
                    job._run()
        self.assertEqual(job.state, "failed")
        job.action_start()
        job._run()
        self.assertEqual(job.state, "done", job.error)
        self.assertEqual(self.partners.search_count([("name", "=like", "Bulk %")]), 15)

    def test_dead_worker_is_noticed(self):
        job = self.open(2)
        self.ok("push_commit", job_id="J", parts=1)
        self.env["queue.job"].search([("model_name", "=", job._name)]).unlink()
        job.sudo().state = "running"
        with patch.object(type(job), "action_start") as start:
            self.env["crm.exchange.job"]._cron_resume()
        start.assert_called_once()

    def test_rows_of_later_parts_are_referred_to(self):
        self.ok("push_open", job_id="J")
        person = self.row("P-1", entity="contact", name="Jan")
        person["refs"] = {"customer": self.key_of("B-0")}
        self.ok("push_part", job_id="J", part=1, rows=[person])
        self.ok("push_part", job_id="J", part=2, rows=self.rows(0, 1))
        job = self.env["crm.exchange.job"].search([("job_id", "=", "J")])
        told = self.commit(job)
        self.assertEqual(told["counts"]["deferred"], 1)
        self.assertFalse(told["waiting"], "it has arrived with part 2")
        firm = self.partners.search([("name", "=", "Bulk 0")])
        self.assertEqual(firm.child_ids.name, "Jan")

    def test_all_or_none_over_all_parts(self):
        self.ok("push_open", job_id="J", mode="all")
        self.ok("push_part", job_id="J", part=1, rows=self.rows(0, 2))
        self.ok("push_part", job_id="J", part=2, rows=[self.row("B-9", name="")])
        job = self.env["crm.exchange.job"].search([("job_id", "=", "J")])
        told = self.commit(job)
        self.assertEqual((told["state"], told["applied"]), ("done", False))
        self.assertFalse(self.partners.search([("name", "=like", "Bulk %")]))

    def test_what_was_sent_is_forgotten_when_it_is_carried_out(self):
        job = self.open(2)
        self.assertTrue(job.part_ids._read_packed("payload"))
        self.commit(job)
        self.assertFalse(job.part_ids._read_packed("payload"))

    def test_aborted_job_takes_no_more(self):
        job = self.open(2)
        self.assertEqual(self.ok("push_abort", job_id="J")["state"], "aborted")
        self.assertFalse(job.part_ids._read_packed("payload"))
        rows = self.rows(5, 1)
        self.refused("job_state", "push_part", job_id="J", part=2, rows=rows)
        self.refused("job_state", "push_commit", job_id="J", parts=1)

    def test_other_clients_job_is_none(self):
        self.open(1)
        other = self.make_writer("OTHER-ERP")
        for method, arguments in (
            ("push_status", {}),
            ("push_abort", {}),
            ("push_result", {}),
            ("push_commit", {"parts": 1}),
            ("push_part", {"part": 1, "rows": self.rows(0, 1)}),
        ):
            with self.subTest(method=method):
                answer = self.call(method, by=other, job_id="J", **arguments)
                self.assertEqual(answer["errors"][0]["code"], "unknown_job")

    def test_trial_job_keeps_nothing(self):
        job = self.open(2, dry_run=True)
        told = self.commit(job)
        self.assertEqual((told["counts"]["created"], told["applied"]), (2, False))
        self.assertFalse(self.partners.search([("name", "=like", "Bulk %")]))


def _kept(job, part_id):
    """What a part does in a transaction of its own, in that of the test."""
    part = job.env["crm.exchange.job.part"].browse(part_id)
    part._carry_out()
    job.env.flush_all()
