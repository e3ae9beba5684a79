from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestPolicy(ContactCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["crm.segment"].create(
            {"name": "Gold", "domain": "[('id', '=', 0)]"}
        )
        cls.env["crm.segment.member"].create(
            {
                "segment_id": cls.segment.id,
                "partner_id": cls.customer.id,
                "valid_from": fields.Date.today(),
            }
        )
        cls.policy = cls.env["crm.policy"].create(
            {
                "name": "Gold",
                "segment_id": cls.segment.id,
                "company_id": cls.company.id,
                "reason": "Promised",
                "response_hours": 2,
                "resolution_hours": 8,
                "work_priority": "2",
                "greeting": "Dear friend",
                "escalate_hours": 1,
                "escalate_user_id": cls.supervisor.id,
            }
        )

    def activate(self):
        run = self.env["crm.policy.run"].create(
            {"kind": "activate", "policy_id": self.policy.id}
        )
        run._run()
        self.assertEqual(run.state, "done", run.error)

    def test_the_policy_says_how_soon_and_before_whom(self):
        self.activate()
        item = self._make_item(partner_id=self.customer.id)
        self.assertEqual(item.deadline, item.asked_at + timedelta(hours=2))
        self.assertEqual(item.resolve_by, item.create_date + timedelta(hours=8))
        self.assertEqual(item.priority, "2")
        self.assertIn("Gold", item.policy_text)
        self.assertEqual(item.policy_greeting, "Dear friend")

    def test_others_have_the_time_of_the_queue(self):
        self.activate()
        other = self.env["res.partner"].create({"name": "Somebody"})
        item = self._make_item(partner_id=other.id)
        self.assertEqual(item.deadline, item.asked_at + timedelta(hours=24))
        self.assertEqual((item.priority, item.resolve_by), ("0", False))

    def test_open_items_follow_a_policy_that_begins_and_ends(self):
        item = self._make_item(partner_id=self.customer.id)
        self.activate()
        self.assertEqual(item.deadline, item.asked_at + timedelta(hours=2))
        run = self.env["crm.policy.run"].create(
            {"kind": "withdraw", "policy_id": self.policy.id}
        )
        run._run()
        self.assertEqual(item.deadline, item.asked_at + timedelta(hours=24))

    def test_a_customer_found_later_brings_the_promise_along(self):
        self.activate()
        item = self._make_item(partner_id=False)
        self.assertEqual(item.priority, "0")
        item.with_user(self.agent).partner_id = self.customer
        self.assertEqual(item.priority, "2")
        self.assertEqual(item.deadline, item.asked_at + timedelta(hours=2))

    def test_a_late_answer_is_an_exception_of_its_agent(self):
        self.activate()
        item = self._make_item(partner_id=self.customer.id)
        item.with_user(self.agent).action_take()
        item.sudo().asked_at = fields.Datetime.now() - timedelta(hours=5)
        item.sudo().asked_at = False
        self.assertAlmostEqual(item.late_hours, 3, delta=0.1)
        self.env.flush_all()
        found = self.env["crm.policy.exception"].search(
            [("kind", "=", "late"), ("res_id", "=", item.id)]
        )
        self.assertEqual(found.user_id, self.agent)
        self.assertAlmostEqual(found.excess, 3, delta=0.1)

    def test_late_work_escalates_once(self):
        self.activate()
        item = self._make_item(partner_id=self.customer.id)
        item.sudo().asked_at = fields.Datetime.now() - timedelta(hours=4)
        self.env["crm.work.item"]._cron_escalate()
        self.env["crm.work.item"]._cron_escalate()
        self.assertEqual(item.activity_ids.user_id, self.supervisor)
        self.assertEqual(len(item.activity_ids), 1)
