from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ...interactions import capture

ASKED, SUBJECT = "Do you have it?", "Question"


@tagged("post_install", "-at_install")
class TestInteractionUpkeep(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer, cls.second = cls.env["res.partner"].create(
            [{"name": "Jana", "email": "jana@example.com"}, {"name": "Petr"}]
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Record", "list_price": 100, "type": "service"}
        )
        cls.rows = cls.env["crm.interaction"]
        cls.rows._catch_up(10**6)

    def seen(self, partner=None):
        """What the customer's record shows now, upkeep done: [(kind, subject)]."""
        self.rows._catch_up()
        found = self.rows.search([("partner_id", "=", (partner or self.customer).id)])
        return sorted(found.mapped(lambda row: (row.kind or "", row.subject)))

    def kinds(self, partner=None):
        return [kind for kind, _subject in self.seen(partner)]

    def order(self, **values):
        line = {"product_id": self.product.id, "product_uom_qty": 1}
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create(line)],
                **values,
            }
        )

    def meeting(self, **values):
        start = fields.Datetime.now() + timedelta(days=1)
        return self.env["calendar.event"].create(
            {
                "name": "Listening",
                "start": start,
                "stop": start + timedelta(hours=1),
                "partner_ids": [Command.set(self.customer.ids)],
                **values,
            }
        )

    def test_a_draft_costs_nothing_and_an_order_is_one_interaction(self):
        order = self.order()
        self.env.flush_all()
        self.assertEqual(self.rows._count_pending(), 0)
        order.action_confirm()
        self.assertEqual(self.seen(), [("order", order.name)])
        row = self.rows.search([("kind", "=", "order"), ("origin_id", "=", order.id)])
        self.assertEqual((row.amount, row.channel), (order.amount_total, "order"))
        self.assertEqual((row.res_model, row.res_id), ("sale.order", order.id))
        self.assertEqual(self.rows._catch_up(), 0)

    def test_a_quotation_becomes_the_order_and_goes_when_cancelled(self):
        order = self.order()
        order.action_quotation_sent()
        self.assertEqual(self.kinds(), ["quotation"])
        order.action_confirm()
        self.assertEqual(self.kinds(), ["order"])
        order._action_cancel()
        self.assertEqual(self.kinds(), [])

    def test_a_document_that_changes_hands_moves(self):
        order = self.order()
        order.action_confirm()
        self.seen()
        order.partner_id = self.second
        self.assertEqual(self.kinds(), [])
        self.assertEqual(self.kinds(self.second), ["order"])

    def test_a_changed_document_keeps_its_row(self):
        event = self.meeting()
        self.seen()
        before = self.rows.search([("partner_id", "=", self.customer.id)])
        event.name = "Listening in the shop"
        self.assertEqual(self.seen(), [("meeting", "Listening in the shop")])
        after = self.rows.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(after, before)

    def test_a_meeting_follows_its_people_and_its_privacy(self):
        event = self.meeting(
            partner_ids=[Command.set((self.customer | self.second).ids)]
        )
        self.assertEqual((self.kinds(), self.kinds(self.second)), (["meeting"],) * 2)
        event.partner_ids -= self.second
        self.assertEqual((self.kinds(), self.kinds(self.second)), (["meeting"], []))
        event.privacy = "private"
        self.assertEqual(self.kinds(), [])
        event.privacy = "public"
        self.assertEqual(self.kinds(), ["meeting"])
        event.active = False
        self.assertEqual(self.kinds(), [])

    def test_a_private_calendar_stays_private(self):
        user = new_test_user(self.env, "t_private", groups="base.group_user")
        settings = self.env["res.users.settings"]._find_or_create_for_user(user)
        settings.calendar_default_privacy = "private"
        self.meeting(user_id=user.id)
        self.assertEqual(self.kinds(), [])
        settings.calendar_default_privacy = "public"
        self.assertEqual(self.kinds(), ["meeting"])
        settings.calendar_default_privacy = "private"
        self.assertEqual(self.kinds(), [], "also the meetings made before")

    def test_a_deleted_document_takes_its_interaction_along(self):
        event = self.meeting()
        lead = self.env["crm.lead"].create(
            {"name": "Rare record", "partner_id": self.customer.id}
        )
        lead.message_post(
            body=ASKED,
            subject=SUBJECT,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
            email_from="jana@example.com",
        )
        self.assertEqual(
            self.seen(),
            sorted(
                [("lead", "Rare record"), ("meeting", "Listening"), ("", "Question")]
            ),
        )
        event.unlink()
        lead.unlink()
        self.assertEqual(self.seen(), [])

    def test_mail_follows_its_document_and_hides_when_it_becomes_internal(self):
        leads = self.env["crm.lead"].create(
            [{"name": name, "partner_id": self.customer.id} for name in ("One", "Two")]
        )
        message = leads[0].message_post(
            body=ASKED,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
            email_from="jana@example.com",
        )
        message.write({"res_id": leads[1].id})
        self.seen()
        row = self.rows.search([("message_id", "=", message.id)])
        self.assertEqual(row.res_id, leads[1].id)
        message.is_internal = True
        self.seen()
        self.assertFalse(row.exists())

    def test_invoices_refunds_and_payments(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-05",
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "price_unit": 100})
                ],
            }
        )
        self.assertEqual(self.kinds(), [])
        invoice.action_post()
        self.assertEqual(self.seen(), [("invoice", invoice.name)])
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        register.create({})._create_payments()
        self.assertEqual(self.kinds(), ["invoice", "payment"])
        row = self.rows.search(
            [("kind", "=", "invoice"), ("origin_id", "=", invoice.id)]
        )
        self.assertEqual(str(row.date), "2026-01-05 12:00:00")
        invoice.button_draft()
        self.assertNotIn("invoice", self.kinds())

    def test_answers_mailings_and_clicks(self):
        survey = self.env["survey.survey"].create({"title": "How was it?"})
        answer = self.env["survey.user_input"].create(
            {"survey_id": survey.id, "partner_id": self.customer.id}
        )
        self.assertEqual(self.kinds(), [])
        answer._mark_done()
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "New records",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        trace = self.env["mailing.trace"].create(
            {
                "model": "res.partner",
                "res_id": self.customer.id,
                "mass_mailing_id": mailing.id,
                "trace_status": "sent",
                "sent_datetime": fields.Datetime.now(),
            }
        )
        link = self.env["link.tracker"].create(
            {"url": "https://shop.example.com/jazz", "title": "Jazz"}
        )
        self.env["link.tracker.click"].create(
            {"link_id": link.id, "mailing_trace_id": trace.id, "ip": "192.0.2.1"}
        )
        trace.set_opened()
        self.assertEqual(
            self.seen(),
            [("click", "Jazz"), ("mailing", "New records"), ("survey", "How was it?")],
        )
        row = self.rows.search([("kind", "=", "mailing"), ("origin_id", "=", trace.id)])
        self.assertEqual(row.outcome, "opened")

    def test_backfill_finds_what_upkeep_would_have_and_repeats_safely(self):
        self.order().action_confirm()
        self.meeting()
        live = self.seen()
        self.rows.search([("partner_id", "=", self.customer.id)]).unlink()
        run = self.env["crm.interaction.run"].create({})
        run._run()
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(self.seen(), live)
        run._run()
        self.assertEqual(run.touched, 0)

    def test_backfill_clears_what_has_no_document_any_more(self):
        self.meeting()
        self.seen()
        row = self.rows.search([("partner_id", "=", self.customer.id)])
        self.env.cr.execute(
            "UPDATE crm_interaction SET origin_id = 2000000000 WHERE id = %s", [row.id]
        )
        self.rows._backfill()
        self.assertFalse(row.exists())

    def test_colleagues_have_no_interactions(self):
        self.order(partner_id=self.env.user.partner_id.id).action_confirm()
        self.rows._catch_up()
        self.assertEqual(self.kinds(self.env.user.partner_id), [])

    def test_a_channel_that_is_off_or_too_old_is_not_kept(self):
        rule = self.env["crm.interaction.rule"].search([("channel", "=", "order")])
        self.order().action_confirm()
        self.assertEqual(self.kinds(), ["order"])
        rule.keep_days = 30
        row = self.rows.search([("partner_id", "=", self.customer.id)])
        row.date -= timedelta(days=40)
        self.env.flush_all()
        self.env["crm.interaction.rule"]._gc_interactions()
        self.assertFalse(row.exists())
        self.env.cr.execute(
            "UPDATE sale_order SET date_order = date_order - interval '40 days' "
            "WHERE partner_id = %s",
            [self.customer.id],
        )
        self.rows._backfill()
        self.assertEqual(self.kinds(), [], "too old to come back")
        rule.write({"keep_days": 0, "is_recorded": False})
        self.rows._backfill()
        self.assertEqual(self.kinds(), [])

    def test_mail_obeys_the_rule_of_its_channel(self):
        rule = self.env["crm.interaction.rule"].search([("channel", "=", "mail")])
        lead = self.env["crm.lead"].create(
            {"name": "Rare", "partner_id": self.customer.id, "active": False}
        )

        def receive():
            return lead.message_post(
                body=ASKED,
                subject=SUBJECT,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.customer.id,
                email_from="jana@example.com",
            )

        def mails():
            return [subject for kind, subject in self.seen() if not kind]

        message = receive()
        self.assertEqual(mails(), [SUBJECT])
        rule.is_recorded = False
        receive()
        self.assertEqual(mails(), [SUBJECT], "the second one is not noted")
        self.rows._backfill()
        self.assertEqual(mails(), [], "and the first one goes")
        rule.write({"is_recorded": True, "keep_days": 30})
        message.date -= timedelta(days=40)
        self.rows._backfill()
        self.assertEqual(mails(), [SUBJECT], "the old one does not come back")

    def test_merged_customers_share_the_interaction_of_a_common_meeting(self):
        self.meeting(partner_ids=[Command.set((self.customer | self.second).ids)])
        self.seen()
        merge = self.env["crm.merge"]._merge([(self.customer.id, self.second.ids)])
        self.assertEqual(self.kinds(), ["meeting"])
        self.rows._backfill()
        self.assertEqual((self.kinds(), self.kinds(self.second)), (["meeting"], []))
        merge.action_undo()
        self.rows._backfill()
        self.assertEqual((self.kinds(), self.kinds(self.second)), (["meeting"],) * 2)

    def test_an_order_of_a_merged_customer_is_the_successors(self):
        order = self.order(partner_id=self.second.id)
        self.env["crm.merge"]._merge([(self.customer.id, self.second.ids)])
        order.action_confirm()
        self.assertEqual(self.seen(), [("order", order.name)])

    def test_one_at_a_time(self):
        """A second one that wants to work finds the turn taken and steps aside."""
        self.order().action_confirm()
        self.env.flush_all()
        self.assertTrue(self.rows._take_turn())
        self.assertTrue(self.rows._count_pending())

    def test_triggers_go_with_the_addon(self):
        functions = self.rows._get_capturing()
        self.assertIn(f"{capture.PREFIX}sale_order", functions)
        self.rows._remove_capture()
        self.assertFalse(self.rows._get_capturing())
        self.order().action_confirm()
        self.env.flush_all()
