from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestMailIn(ContactCommon):
    """A customer's mail becomes an interaction on him and an item in the queue."""

    def test_a_customers_mail_waits_in_the_queue_and_is_on_his_record(self):
        item = self._receive()
        self.assertEqual(item.queue_id, self.queue)
        self.assertEqual(item.partner_id, self.customer)
        self.assertEqual((item.state, item.channel), ("waiting", "mail"))
        self.assertEqual(item.name, "Where is my order?")
        self.assertEqual(item.deadline, item.asked_at + timedelta(hours=24))
        interaction = self._interactions()
        self.assertEqual(len(interaction), 1)
        self.assertEqual((interaction.direction, interaction.channel), ("in", "mail"))
        self.assertEqual(interaction.message_id.author_id, self.customer)
        self.assertEqual(
            (interaction.res_model, interaction.res_id), (item._name, item.id)
        )
        self.assertIn("Where is my record?", interaction.summary)
        body = interaction.message_id.body
        self.assertRegex(body, r"<pre style=.*pre-wrap.*>\s*Where is my record\?")

    def test_the_same_mail_twice_is_one_item(self):
        raw = self._mail()
        self.assertTrue(self._receive(raw))
        self.assertFalse(self._receive(raw))
        self.assertEqual(len(self._interactions()), 1)

    def test_a_mail_to_two_queues_is_one_item(self):
        both = f"{self.queue.alias_email}, {self.complaints.alias_email}"
        self._receive(To=both)
        items = self.env["crm.work.item"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(len(items), 1)

    def test_a_stranger_becomes_a_prospect_with_the_source_mail(self):
        item = self._receive(From="Karel Nový <karel@new.example>")
        prospect = item.partner_id
        self.assertEqual(
            (prospect.name, prospect.email), ("Karel Nový", "karel@new.example")
        )
        record = self.env["crm.source.record"].search(
            [("partner_id", "=", prospect.id)]
        )
        self.assertEqual(record.source_id.kind, "mail")
        self.assertEqual(len(self._interactions(prospect)), 1)

    def test_strangers_stay_strangers_where_the_company_wants_it(self):
        self.company.contact_create_prospect = False
        item = self._receive(From="karel@new.example")
        self.assertFalse(item.partner_id)
        self.assertEqual(
            (item.state, item.email_normalized), ("waiting", "karel@new.example")
        )
        self.assertFalse(
            self.env["res.partner"].search(
                [("email_normalized", "=", "karel@new.example")]
            )
        )

    def test_several_customers_at_an_address_are_asked_never_guessed(self):
        twin = self.customer.copy({"name": "Jan Novák"})
        item = self._receive()
        self.assertFalse(item.partner_id)
        self.assertEqual(item.candidate_ids.partner_id, self.customer | twin)
        self.assertFalse(self._interactions() | self._interactions(twin))
        self.assertFalse(item.message_ids.author_id & (self.customer | twin))

        candidate = item.candidate_ids.filtered(lambda c: c.partner_id == twin)
        candidate.with_user(self.agent).action_choose()
        self.assertEqual(item.partner_id, twin)
        self.assertFalse(item.candidate_ids)
        self.assertEqual(len(self._interactions(twin)), 1)
        self.assertFalse(self._interactions())
        self.assertIn(twin, item.message_ids.author_id)

    def test_a_customer_of_another_company_is_not_taken(self):
        other = self.env["res.company"].create({"name": "Other Shop"})
        self.customer.company_id = other
        item = self._receive()
        self.assertNotEqual(item.partner_id, self.customer)

    def test_a_reply_continues_the_item_and_gives_it_back_to_its_agent(self):
        item = self._receive()
        item.with_user(self.agent).action_take()
        answer = self._answer(item)
        self.assertEqual((item.state, item.asked_at), ("customer", False))
        again = self._receive(In_Reply_To=answer.message_id, Subject="Re: order")
        self.assertEqual(again, item)
        self.assertEqual((item.state, item.agent_id), ("assigned", self.agent))
        self.assertTrue(item.asked_at)
        self.assertEqual(
            self._interactions().sorted("id").mapped("direction"), ["in", "out", "in"]
        )

    def test_a_reply_to_a_closed_item_reopens_it_within_the_days(self):
        item, answer = self._closed_item()
        again = self._receive(In_Reply_To=answer.message_id)
        self.assertEqual(again, item)
        self.assertEqual((item.state, item.agent_id), ("assigned", self.agent))
        self.assertEqual((item.reopen_count, item.closed_at), (1, False))

    def test_a_late_reply_to_a_closed_item_is_a_new_one_that_knows_it(self):
        item, answer = self._closed_item()
        item.closed_at = fields.Datetime.now() - timedelta(days=15)
        again = self._receive(In_Reply_To=answer.message_id)
        self.assertNotEqual(again, item)
        self.assertEqual((again.previous_id, again.queue_id), (item, self.queue))
        self.assertEqual((again.state, item.state), ("waiting", "done"))

    def test_an_agent_who_left_the_queue_does_not_get_it_back(self):
        item, answer = self._closed_item()
        self.queue.member_ids = self.other_agent
        self._receive(In_Reply_To=answer.message_id)
        self.assertEqual((item.state, item.agent_id.id), ("waiting", False))

    def test_a_colleague_of_the_customer_may_answer_in_his_place(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.customer.parent_id = firm
        colleague = self.env["res.partner"].create(
            {"name": "Petr", "parent_id": firm.id, "email": "petr@customer.example"}
        )
        item = self._receive()
        message = item.message_ids.filtered(lambda m: m.message_type == "email")
        again = self._receive(
            From="petr@customer.example", In_Reply_To=message.message_id
        )
        self.assertEqual(again, item)
        self.assertIn(colleague, item.message_ids.author_id)

    def test_an_undeliverable_answer_brings_the_item_back(self):
        item = self._receive()
        item.with_user(self.agent).action_take()
        self._answer(item)
        item._message_receive_bounce("eve@evil.example", self.env["res.partner"])
        self.assertEqual(item.state, "customer", "a forged report changes nothing")
        item._message_receive_bounce("jana@customer.example", self.customer)
        self.assertEqual(item.state, "assigned")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_an_answer_that_could_not_be_sent_brings_the_item_back(self):
        item = self._receive()
        asked = item.asked_at - timedelta(hours=2)
        item.message_ids.date = asked
        item.with_user(self.agent).action_take()
        with self.mock_mail_gateway():
            self.send_email_mocked.side_effect = OSError("no route to the server")
            item.with_user(self.agent).message_post(
                body="On its way.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self.assertEqual((item.state, item.agent_id), ("assigned", self.agent))
        self.assertFalse(item.first_response_at, "nothing reached the customer")
        self.assertEqual(item.asked_at, asked, "the clock never stopped for him")
        self.assertIn("could not be sent", item.message_ids[0].body)
        self._answer(item)
        self.assertEqual(item.state, "customer", "sent the second time")
        self.assertTrue(item.first_response_at)

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_mail_without_a_queue_address_takes_the_default_queue(self):
        raw = self._mail(To="anything@elsewhere.example")
        with self.mock_mail_gateway():
            item_id = self.env["mail.thread"].message_process("crm.work.item", raw)
        item = self.env["crm.work.item"].browse(item_id)
        self.assertEqual(item.queue_id, self.env.company.contact_queue_id)

    def _closed_item(self):
        item = self._receive()
        item.with_user(self.agent).action_take()
        answer = self._answer(item)
        item.with_user(self.agent)._close("done", self.solved)
        return item, answer
