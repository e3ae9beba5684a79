from odoo.tests import new_test_user, tagged

from ..segments.segment_common import SegmentCase


@tagged("post_install", "-at_install")
class TestInteraction(SegmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Jana", "email": "jana@example.com"}
        )
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Rare record", "partner_id": cls.customer.id}
        )
        cls.user.write({"email": "shop@example.com", "notification_type": "inbox"})
        cls.seller = new_test_user(
            cls.env,
            "t_seller",
            groups="sales_team.group_sale_salesman_all_leads",
            email="seller@example.com",
        )

        cls.reader = new_test_user(
            cls.env,
            "t_reader",
            groups="crm_extended.group_customer_user,"
            "sales_team.group_sale_salesman_all_leads",
        )

    def interactions(self, partner=None):
        return self.env["crm.interaction"].search(
            [("partner_id", "=", (partner or self.customer).id)]
        )

    def receive(self, record=None, **values):
        return (record or self.lead).message_post(
            **{
                "body": "Do you have it?",
                "subject": "Question",
                "message_type": "email",
                "subtype_xmlid": "mail.mt_comment",
                "author_id": self.customer.id,
                "email_from": "jana@example.com",
                **values,
            }
        )

    def send(self, **values):
        return self.lead.with_user(self.seller).message_post(
            **{
                "body": "Yes, we do",
                "subject": "Answer",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "partner_ids": self.customer.ids,
                **values,
            }
        )

    def test_mail_of_a_customer_becomes_an_interaction(self):
        message = self.receive()
        interaction = self.interactions()
        self.assertRecordValues(
            interaction,
            [
                {
                    "direction": "in",
                    "channel": "mail",
                    "subject": "Question",
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "message_id": message.id,
                    "summary": False,
                }
            ],
        )
        self.assertEqual(interaction.date, message.date)

    def test_answer_to_a_customer_becomes_an_interaction_of_who_wrote_it(self):
        self.send()
        self.assertRecordValues(
            self.interactions(),
            [{"direction": "out", "subject": "Answer", "user_id": self.seller.id}],
        )

    def test_follower_who_gets_the_mail_has_the_interaction(self):
        self.lead.message_subscribe(self.customer.ids)
        self.send(partner_ids=[])
        self.assertEqual(self.interactions().direction, "out")

    def test_one_message_to_two_customers_is_an_interaction_of_each(self):
        second = self.env["res.partner"].create(
            {"name": "Petr", "email": "petr@example.com"}
        )
        self.send(partner_ids=(self.customer | second).ids)
        self.assertEqual(len(self.interactions()), 1)
        self.assertEqual(len(self.interactions(second)), 1)

    def test_private_mail_stays_private(self):
        self.send(subtype_xmlid="mail.mt_note")
        self.send(is_internal=True)
        self.receive(subtype_xmlid="mail.mt_note")
        self.receive(is_internal=True)
        self.receive(subtype_xmlid=None, subtype_id=False)
        colleague = self.user.partner_id
        self.receive(author_id=colleague.id, email_from="shop@example.com")
        self.send(partner_ids=colleague.ids)
        channel = self.env["discuss.channel"].create(
            {"name": "Talk", "channel_type": "group"}
        )
        self.receive(channel)
        self.receive(self.env["crm.team"].create({"name": "Not of interest"}))
        self.assertFalse(self.interactions())
        self.assertFalse(self.interactions(colleague))
        self.env["crm.interaction"]._backfill_mail()
        self.assertFalse(self.interactions() | self.interactions(colleague))

    def test_backfill_finds_what_upkeep_would_have_and_repeats_safely(self):
        self.receive()
        self.send()
        live = self.interactions()
        kept = live.read(["direction", "subject", "date", "user_id", "res_id"])
        live.unlink()
        self.env["crm.interaction"]._backfill_mail()
        again = self.interactions()
        found = again.read(["direction", "subject", "date", "user_id", "res_id"])

        def plain(rows):
            return sorted(
                [{k: v for k, v in row.items() if k != "id"} for row in rows], key=str
            )

        self.assertEqual(plain(found), plain(kept))
        self.assertEqual(self.env["crm.interaction"]._backfill_mail(), 0)

    def test_backfill_since_a_day_leaves_older_mail_out(self):
        self.receive()
        self.interactions().unlink()
        self.assertEqual(
            self.env["crm.interaction"]._backfill_mail("2999-01-01 00:00:00"), 0
        )

    def test_upkeep_costs_one_statement_per_batch_and_none_for_other_messages(self):
        values = {
            "model": "crm.lead",
            "res_id": self.lead.id,
            "author_id": self.customer.id,
            "email_from": "jana@example.com",
            "subtype_id": self.env.ref("mail.mt_comment").id,
        }
        interactions = type(self.env["crm.interaction"])
        done = []
        note = interactions._note_mail

        def count(self, *args):
            done.append(args)
            return note(self, *args)

        self.patch(interactions, "_note_mail", count)
        batch = [{**values, "message_type": "email", "body": str(n)} for n in range(20)]
        self.env["mail.message"].create(batch)
        self.assertEqual((len(done), len(self.interactions())), (1, 20))
        self.env["mail.message"].create(
            [{**values, "message_type": "comment"}, {**values, "message_type": "email"}]
        )
        self.assertEqual(len(done), 2)
        self.env["mail.message"].create({**values, "message_type": "notification"})
        self.assertEqual(len(done), 2)

    def test_company_shows_the_interactions_of_its_contact_persons(self):
        company = self.env["res.partner"].create({"name": "School", "is_company": True})
        self.customer.parent_id = company
        self.receive()
        self.assertEqual(company.with_user(self.user).interaction_count, 0)
        seen = company.with_user(self.reader)
        self.assertEqual(seen.interaction_count, 1)
        action = seen.action_open_interactions()
        self.assertEqual(
            self.env["crm.interaction"].search(action["domain"]), self.interactions()
        )

    def test_document_opens_only_for_who_may_see_it(self):
        self.receive()
        self.interactions().user_id = self.user
        interaction = self.interactions().with_user(self.user)
        self.assertEqual(
            interaction.action_open_document()["tag"], "display_notification"
        )
        action = self.interactions().action_open_document()
        self.assertEqual(action["res_id"], self.lead.id)

    def test_companies_do_not_see_each_others_interactions(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        self.env["crm.interaction"].create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        seen = self.env["crm.interaction"].with_user(self.user)
        self.assertFalse(seen.search([("partner_id", "=", self.customer.id)]))
