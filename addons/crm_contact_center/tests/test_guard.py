from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestGuard(ContactCommon):
    """What an agent cannot enter by any door, whatever a button would check."""

    def test_an_agent_does_not_write_what_follows_from_steps(self):
        self.queue.member_ids |= self.other_agent
        item = self._receive()
        item.with_user(self.other_agent).action_take()
        before = item.read()[0]
        now = fields.Datetime.now()
        for user in (self.agent, self.supervisor):
            for values in (
                {"agent_id": user.id},
                {"agent_id": False},
                {"state": "cancelled"},
                {"state": "done", "disposition_id": self.solved.id},
                {"disposition_id": self.solved.id},
                {"queue_id": self.complaints.id},
                {"channel": "visit"},
                {"email_from": "attacker@evil.example"},
                {"email_normalized": "attacker@evil.example"},
                {"is_unverified": True},
                {"asked_at": False},
                {"queued_at": now},
                {"taken_at": now},
                {"deadline": now},
                {"waited_seconds": -5},
                {"first_response_at": now},
                {"closed_at": now},
                {"reopen_count": 0},
                {"previous_id": item.id},
            ):
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRaisesRegex(AccessError, "Use its buttons"),
                ):
                    item.with_user(user).write(values)
        self.assertEqual(item.read()[0], before)

    def test_an_agent_does_not_create_what_follows_from_steps(self):
        items = self.env["crm.work.item"].with_user(self.agent)
        for values in (
            {"agent_id": self.agent.id, "state": "assigned"},
            {"email_from": "attacker@evil.example"},
            {"asked_at": "2020-01-01"},
            {"disposition_id": self.solved.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                items.create({"name": "x", "queue_id": self.queue.id, **values})
        with self.assertRaises(AccessError):
            items.message_new(
                {"email_from": "jana@customer.example", "subject": "forged"},
                {"queue_id": self.queue.id},
            )

    def test_defaults_of_a_client_fill_nothing_that_nobody_enters(self):
        context = {
            "default_agent_id": self.agent.id,
            "default_email_from": "attacker@evil.example",
            "default_email_normalized": "attacker@evil.example",
            "default_state": "assigned",
            "default_waited_seconds": -5,
            "default_deadline": "2099-01-01",
            "default_asked_at": "2020-01-01",
            "default_disposition_id": self.solved.id,
        }
        items = self.env["crm.work.item"].with_user(self.agent)
        self.env["ir.default"].with_user(self.agent).set(
            "crm.work.item", "is_unverified", True, user_id=True
        )
        item = items.with_context(**context).create(
            {"name": "x", "queue_id": self.queue.id}
        )
        self.assertEqual((item.state, item.agent_id.id), ("waiting", False))
        self.assertFalse(item.email_from or item.email_normalized)
        self.assertFalse(item.is_unverified or item.disposition_id)
        self.assertFalse(item.waited_seconds)
        self.assertEqual(item.asked_at.date(), fields.Date.today())
        self.assertLess(item.deadline.year, 2099)

    def test_an_agent_enters_a_contact_by_hand_and_corrects_it(self):
        items = self.env["crm.work.item"].with_user(self.agent)
        with Form(items) as form:
            self.assertEqual(form.state, "waiting")
            form.name = "Needle is worn"
            form.queue_id = self.queue
            form.channel = "call"
            form.partner_id = self.customer
            form.note = "Technics SL-1200"
            form.priority = "1"
        item = form.save()
        self.assertEqual((item.state, item.channel), ("waiting", "call"))
        item.write(
            {"name": "Needle", "priority": "2", "note": "Shure", "partner_id": 0}
        )
        self.assertEqual(item.name, "Needle")

    def test_an_agent_does_not_post_in_the_customers_name(self):
        item = self._receive()
        item.with_user(self.agent).action_take()
        self._answer(item)
        for thread in (
            item.with_user(self.agent),
            item.with_user(self.agent).sudo(),  # as the chatter's controller posts
        ):
            with self.assertRaisesRegex(AccessError, "comes in by mail"):
                thread.message_post(body="Yes, I agree", message_type="email")
        self.assertEqual(item.state, "customer")
        self.assertEqual(
            self._interactions().sorted("id").mapped("direction"), ["in", "out"]
        )
