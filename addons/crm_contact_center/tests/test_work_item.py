from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestWorkItem(ContactCommon):
    """One item from the queue to its outcome."""

    # ------------------------------------------------------------------ by hand

    def test_a_visit_entered_by_hand_is_on_the_customers_record_at_once(self):
        item = self._make_item(channel="visit", note="Needle is worn")
        interaction = self._interactions()
        self.assertEqual((interaction.direction, interaction.channel), ("in", "visit"))
        self.assertEqual(interaction.summary, "Needle is worn")
        self.assertEqual(item.interaction_ids, interaction)

    def test_a_visit_of_someone_unknown_is_recorded_once_he_is_known(self):
        item = self._make_item(partner_id=False)
        self.assertFalse(item.interaction_ids)
        item.with_user(self.agent).partner_id = self.customer
        self.assertEqual(len(self._interactions()), 1)

    def test_a_wrong_customer_is_corrected_with_the_whole_conversation(self):
        item = self._receive()
        self._answer(item)
        right = self.env["res.partner"].create({"name": "Right one"})
        item.partner_id = right
        self.assertFalse(self._interactions())
        self.assertEqual(
            self._interactions(right).sorted("id").mapped("direction"), ["in", "out"]
        )

    def test_a_channel_the_queue_does_not_serve_is_refused_by_name(self):
        self.queue.channel_ids = self.env.ref("crm_contact_center.channel_call")
        with self.assertRaisesRegex(ValidationError, "Phone"):
            self._make_item(channel="visit")
        self._make_item(channel="call")

    def test_a_subject_is_one_line(self):
        item = self._make_item(name="Turn\r\ntable\x00 \u202e")
        self.assertEqual(item.name, "Turn table")

    # ------------------------------------------------------------------ answering

    def test_an_answer_goes_to_the_customer_and_is_on_his_record(self):
        item = self._receive()
        item.with_user(self.agent).action_take()
        message = self._answer(item, "It leaves <today>")
        [sent] = self._mails
        self.assertEqual(sent["email_to"], ['"Jana Nováková" <jana@customer.example>'])
        self.assertIn(self.queue.alias_email, sent["reply_to"])
        self.assertEqual(sent["subject"], "Re: Where is my order?")
        self.assertTrue(item.first_response_at)
        self.assertEqual((item.state, item.asked_at), ("customer", False))
        self.assertFalse(item.deadline)
        interaction = self._interactions()[0]
        self.assertEqual(
            (interaction.direction, interaction.user_id), ("out", self.agent)
        )
        self.assertEqual(interaction.message_id, message)

    def test_the_answer_goes_to_the_address_the_customer_wrote_from(self):
        item = self._receive(From="Jana <jana@work.example>")
        item.partner_id = self.customer
        self._answer(item)
        [sent] = self._mails
        self.assertIn("jana@work.example", str(sent["email_to"]))
        self.assertEqual(item.state, "customer")
        self.assertEqual(self._interactions()[0].direction, "out")

    def test_who_answers_a_waiting_item_has_it_in_hand(self):
        item = self._receive()
        self._answer(item)
        self.assertEqual((item.agent_id, item.state), (self.agent, "customer"))

    def test_the_first_answer_keeps_its_time(self):
        item = self._receive()
        self._answer(item)
        first = item.first_response_at = item.first_response_at.replace(year=2020)
        self._answer(item, "One more thing")
        self.assertEqual(item.first_response_at, first)

    def test_an_internal_note_is_no_answer_and_no_interaction(self):
        item = self._receive()
        with self.mock_mail_gateway():
            item.with_user(self.agent).message_post(
                body="Ask the boss",
                message_type="comment",
                subtype_xmlid="mail.mt_note",
            )
        self.assertFalse(self._mails)
        self.assertFalse(item.first_response_at)
        self.assertEqual(self._interactions().direction, "in")

    def test_a_message_to_a_third_party_is_no_answer(self):
        item = self._receive()
        supplier = self.env["res.partner"].create(
            {"name": "Press", "email": "press@vinyl.example"}
        )
        with self.mock_mail_gateway():
            item.with_user(self.agent).message_post(
                body="Do you press it still?",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=supplier.ids,
            )
        [sent] = self._mails
        self.assertIn("press@vinyl.example", str(sent["email_to"]))
        self.assertFalse(item.first_response_at)
        self.assertEqual(self._interactions().direction, "in")

    def test_an_answer_to_nobody_says_what_to_do(self):
        item = self._make_item(partner_id=False)
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self._answer(item)

    # ------------------------------------------------------------------ moving on

    def test_done_asks_for_the_outcome_and_puts_it_on_the_record(self):
        item = self._make_item().with_user(self.agent)
        item.action_take()
        with self.assertRaises(ValidationError):
            item.sudo().write({"state": "done"})
        action = item.action_done()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({"disposition_id": self.solved.id, "note": "New needle sold"})
        )
        wizard.action_apply()
        self.assertEqual((item.state, item.disposition_id), ("done", self.solved))
        self.assertTrue(item.closed_at)
        self.assertEqual(self._interactions().outcome, "Solved")
        with self.assertRaisesRegex(UserError, "already closed"):
            item.action_cancel()

    def test_a_transfer_tells_the_next_agent_what_to_know(self):
        item = self._make_item().with_user(self.agent)
        item.action_take()
        self._transfer(item, self.complaints, self.other_agent)
        item = item.with_user(self.other_agent)
        self.assertEqual(
            (item.queue_id, item.agent_id), (self.complaints, self.other_agent)
        )
        self.assertEqual(item.state, "assigned")
        self.assertIn("He wants his money", item.message_ids[0].body)
        self.assertAlmostEqual(
            (item.deadline - item.asked_at).total_seconds(), 4 * 3600, delta=1
        )

    def test_a_transfer_without_an_agent_waits_in_the_new_queue(self):
        item = self._make_item().with_user(self.agent)
        item.action_take()
        self._transfer(item, self.complaints, self.env["res.users"])
        self.assertEqual(
            (item.sudo().state, item.sudo().agent_id.id), ("waiting", False)
        )

    def test_a_transfer_to_a_stranger_to_the_queue_is_refused(self):
        item = self._make_item().with_user(self.agent)
        with self.assertRaisesRegex(UserError, "not an agent"):
            item._transfer(self.complaints, self.agent, "note")

    def test_a_transfer_to_another_company_is_refused_and_moves_nothing(self):
        abroad = self.env["res.company"].create({"name": "Harmonia Kraków"})
        there = self._make_queue("Kraków", "cc_krakow", self.agent)
        there.company_id = abroad
        item = self._make_item().with_user(self.agent)
        item.action_take()
        with self.assertRaisesRegex(UserError, "stays in its company"):
            item._transfer(there.with_user(self.agent), self.env["res.users"], "note")
        self.assertEqual((item.queue_id, item.agent_id), (self.queue, self.agent))
        self.assertEqual(item.company_id, self.company)

    def test_put_back_waits_again_for_others(self):
        item = self._make_item().with_user(self.agent)
        item.action_take()
        item.action_release()
        self.assertEqual((item.state, item.agent_id.id), ("waiting", False))

    def test_an_agent_does_not_take_from_another_but_a_supervisor_does(self):
        self.queue.member_ids |= self.other_agent
        item = self._make_item()
        item.with_user(self.agent).action_take()
        for step in ("action_take", "action_release", "action_cancel"):
            with self.subTest(step=step), self.assertRaisesRegex(UserError, "in hand"):
                getattr(item.with_user(self.other_agent), step)()
        item.with_user(self.supervisor).action_take()
        self.assertEqual(item.agent_id, self.supervisor)

    def test_history_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Cancel it"):
            self._make_item().unlink()

    def test_the_card_shows_the_customers_picture(self):
        older = self._make_item(name="Older")
        item = self._make_item(name="Newer")
        card = item.with_user(self.agent)
        self.assertEqual(card.other_item_ids, older)
        self.assertEqual(len(card.recent_interaction_ids), 2)
        self.assertFalse(card.partner_segment_ids)

    def test_a_score_on_the_card_has_the_decimals_of_its_kind(self):
        score = self.env["crm.score"].create(
            {"name": "Loyalty", "code": "cc_loyalty", "decimals": 0}
        )
        self.env["crm.score.value"].create(
            {"score_id": score.id, "partner_id": self.customer.id, "value": 133.0}
            | {"date": "2026-01-01"}
        )
        item = self._make_item().with_user(self.agent)
        arch = etree.fromstring(item.get_view(view_type="form")["arch"])
        columns = arch.findall(".//field[@name='partner_score_ids']/list/field")
        [shown] = item.partner_score_ids.read([c.get("name") for c in columns])
        self.assertIn("Loyalty: 133", shown.values())
        self.assertNotIn(133.0, shown.values())

    def test_the_customer_shows_his_open_items_and_those_of_his_people(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.customer.parent_id = firm
        self._make_item()
        done = self._make_item()
        done._close("done", self.solved)
        for partner in (firm, self.customer):
            self.assertEqual(partner.with_user(self.agent).work_item_count, 1)

    def _transfer(self, item, queue, agent):
        action = item.action_transfer()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create(
                {
                    "queue_id": queue.id,
                    "agent_id": agent.id,
                    "note": "He wants his money back",
                }
            )
        )
        wizard.action_apply()
