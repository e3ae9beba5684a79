import threading
from datetime import timedelta

from lxml import etree

from odoo import SUPERUSER_ID, api, fields, modules
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestQueue(ContactCommon):
    """What waits, who serves it, and what comes next."""

    def test_the_next_item_is_the_most_urgent_of_the_agents_queues(self):
        old = self._make_item(name="old")
        old.asked_at = fields.Datetime.now() - timedelta(hours=5)
        new = self._make_item(name="new")
        urgent = self._make_item(name="urgent", priority="2")
        self._make_item(name="not his", queue_id=self.complaints.id, priority="2")
        items = self.env["crm.work.item"].with_user(self.agent)
        for expected in (urgent, old, new):
            action = items.action_take_next()
            self.assertEqual(action["res_id"], expected.id)
            self.assertEqual(
                (expected.state, expected.agent_id), ("assigned", self.agent)
            )
        self.assertEqual(items.action_take_next()["tag"], "display_notification")

    def test_the_item_due_first_comes_before_one_made_earlier(self):
        relaxed = self._make_item(name="made first, due last")
        due = self._make_item(name="made last, due first")
        due.asked_at = fields.Datetime.now() - timedelta(hours=5)
        self.assertLess(due.deadline, relaxed.deadline)
        items = self.env["crm.work.item"].with_user(self.agent)
        taken = [items.action_take_next()["res_id"] for _turn in range(2)]
        self.assertEqual(taken, [due.id, relaxed.id])

    def test_the_wait_in_the_queue_is_measured_until_taken(self):
        item = self._make_item()
        item.queued_at = fields.Datetime.now() - timedelta(minutes=10)
        self.env["crm.work.item"].with_user(self.agent).action_take_next()
        self.assertAlmostEqual(item.waited_seconds, 600, delta=5)
        item.with_user(self.agent).action_release()
        item.queued_at = fields.Datetime.now() - timedelta(minutes=5)
        item.with_user(self.agent).action_take()
        self.assertAlmostEqual(item.waited_seconds, 900, delta=5)

    def test_the_next_item_of_one_queue_only(self):
        self.complaints.member_ids |= self.agent
        self._make_item(priority="2")
        here = self._make_item(queue_id=self.complaints.id)
        action = self.complaints.with_user(self.agent).action_take_next()
        self.assertEqual(action["res_id"], here.id)

    def test_the_overview_counts_what_the_agent_sees(self):
        waiting = self._make_item()
        waiting.queued_at = fields.Datetime.now() - timedelta(minutes=125)
        mine = self._make_item()
        mine.with_user(self.agent).action_take()
        mine.asked_at = fields.Datetime.now() - timedelta(days=3)
        self._make_item()._close("done", self.solved)
        queue = self.queue.with_user(self.agent)
        self.assertEqual(
            (queue.waiting_count, queue.mine_count, queue.open_count, queue.late_count),
            (1, 1, 2, 1),
        )
        self.assertEqual(queue.oldest_wait, "2 h 5 min")
        foreign = self.complaints.with_user(self.agent)
        self._make_item(queue_id=self.complaints.id)
        self.assertEqual(foreign.waiting_count, 0)

    def test_a_queue_whose_items_the_agent_does_not_see_shows_no_figures(self):
        self._make_item(queue_id=self.complaints.id)
        for user, shown in (
            (self.agent, False),
            (self.other_agent, True),
            (self.supervisor, True),
        ):
            with self.subTest(user=user.login):
                queue = self.complaints.with_user(user)
                self.assertEqual(queue.is_counted, shown)
                self.assertEqual(queue.waiting_count, int(shown))
        arch = self.env["crm.queue"].with_user(self.agent).get_view(view_type="list")
        columns = etree.fromstring(arch["arch"])
        for name in ("waiting_count", "open_count", "late_count", "oldest_wait"):
            [column] = columns.findall(f"field[@name='{name}']")
            self.assertEqual(column.get("invisible"), "not is_counted")

    def test_counting_does_not_depend_on_the_number_of_queues(self):
        for number in range(5):
            self._make_queue(f"Q{number}", f"cc_q{number}", self.agent)
        queues = self.env["crm.queue"].with_user(self.agent).search([])
        queues.mapped("name")
        self.env.invalidate_all()
        queues[:1].mapped("waiting_count")
        before = self.env.cr.sql_log_count
        self.env.invalidate_all()
        queues[:1].mapped("waiting_count")
        one = self.env.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        queues.mapped("waiting_count")
        self.assertLessEqual(self.env.cr.sql_log_count - before, one)

    def test_a_queue_without_a_target_gives_no_deadline(self):
        self.queue.response_hours = 0
        self.assertFalse(self._make_item().deadline)

    def test_a_copied_queue_has_its_own_address(self):
        copy = self.queue.copy({"code": "cc_copy", "alias_name": "cc_copy"})
        self.assertEqual(copy.alias_id.alias_defaults, str({"queue_id": copy.id}))
        item = self._receive(To=copy.alias_email)
        self.assertEqual(item.queue_id, copy)

    def test_an_agents_desktop_hears_of_new_items_without_their_content(self):
        sent = []
        self.patch(
            type(self.env["bus.bus"]),
            "_sendone",
            lambda _bus, target, kind, message: sent.append((target, kind, message)),
        )
        self._receive(Subject="Secret")
        mine = [s for s in sent if s[1] == "crm_work_item/changed"]
        self.assertTrue(mine)
        self.assertEqual({target for target, _k, _m in mine}, {self.queue})
        self.assertNotIn("Secret", str(mine))


@tagged("post_install", "-at_install", "-standard", "concurrency")
class TestTakeNextTogether(BaseCase):
    """Real connections at the same time: each item goes to one agent, none is lost."""

    AGENTS, ITEMS = 8, 40

    def test_no_item_is_given_twice_and_none_forgotten(self):
        registry = Registry(get_db_name())
        queue_id, agent_ids = self._commit(registry, self._arrange)
        self.addCleanup(self._commit, registry, self._clean, queue_id, agent_ids)
        self.patch(modules.module, "current_test", None)  # the real way, with commits
        taken, errors = [], []

        def work(agent_id):
            try:
                while True:
                    with registry.cursor() as cr:
                        env = api.Environment(cr, agent_id, {})
                        queue = env["crm.queue"].browse(queue_id)
                        item = env["crm.work.item"]._take_next(queue)
                        if not item:
                            return
                        taken.append((item.id, agent_id))
            except Exception as error:  # a thread's failure must fail the test
                errors.append(error)

        threads = [threading.Thread(target=work, args=(a,)) for a in agent_ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        self.assertFalse(errors)
        items = [item for item, _agent in taken]
        self.assertEqual(len(items), self.ITEMS)
        self.assertEqual(len(set(items)), self.ITEMS)
        self.assertEqual(self._commit(registry, self._agents_of, queue_id), dict(taken))

    def _commit(self, registry, step, *args):
        with registry.cursor() as cr:
            return step(api.Environment(cr, SUPERUSER_ID, {}), *args)

    def _arrange(self, env):
        group = env.ref("crm_contact_center.group_contact_agent")
        agents = env["res.users"].create(
            [
                {"name": f"A{n}", "login": f"cc_c{n}", "group_ids": [(4, group.id)]}
                for n in range(self.AGENTS)
            ]
        )
        queue = env["crm.queue"].create(
            {"name": "C", "code": "cc_conc", "member_ids": [(6, 0, agents.ids)]}
        )
        env["crm.work.item"].create(
            [{"name": f"I{n}", "queue_id": queue.id} for n in range(self.ITEMS)]
        )
        return queue.id, agents.ids

    def _agents_of(self, env, queue_id):
        items = env["crm.work.item"].search([("queue_id", "=", queue_id)])
        return {item.id: item.agent_id.id for item in items}

    def _clean(self, env, queue_id, agent_ids):
        env["crm.work.item"].search([("queue_id", "=", queue_id)]).unlink()
        env["crm.queue"].browse(queue_id).unlink()
        users = env["res.users"].browse(agent_ids)
        partners = users.partner_id
        users.unlink()
        partners.unlink()
