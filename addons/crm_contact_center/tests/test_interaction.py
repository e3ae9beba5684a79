from odoo.tests import tagged

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestContactInteraction(ContactCommon):
    """Calls, cases and chats of Odoo's own models reach the customer's record."""

    def seen(self, partner=None):
        rows = self.env["crm.interaction"]
        rows._catch_up()
        found = rows.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("kind", "in", ("call", "case", "chat")),
            ]
        )
        return sorted(found.mapped(lambda row: (row.kind, row.subject)))

    def test_a_call_is_followed_until_it_is_cancelled(self):
        call = self.env["crm.phonecall"].create(
            {"name": "Asks for strings", "partner_id": self.customer.id}
        )
        self.assertEqual(self.seen(), [("call", "Asks for strings")])
        call.name = "Asks for rosin"
        self.assertEqual(self.seen(), [("call", "Asks for rosin")])
        call.state = "cancel"
        self.assertEqual(self.seen(), [])

    def test_a_case_is_seen_by_those_who_may_read_it(self):
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Broken needle",
                "description": "x",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self.seen(), [("case", f"{ticket.number} Broken needle")])
        row = self.env["crm.interaction"].search(
            [("kind", "=", "case"), ("origin_id", "=", ticket.id)]
        )
        may = ticket.with_user(self.agent).has_access("read")
        self.assertEqual(bool(row.with_user(self.agent)._filtered_access("read")), may)
        picture = self.env["crm.picture"].get(self.customer.id)
        cases = {desk["key"]: desk for desk in picture["desks"]}["cases"]
        self.assertEqual([item["id"] for item in cases["items"]], ticket.ids)
        ticket.unlink()
        self.assertEqual(self.seen(), [])

    def test_a_chat_is_the_visitors_and_not_the_bots(self):
        channel = self.env["discuss.channel"].create(
            {
                "name": "Jana",
                "channel_type": "livechat",
                "livechat_operator_id": self.agent.partner_id.id,
            }
        )
        bot = self.env["chatbot.script"].create({"title": "Helper"})
        people = self.customer | self.agent.partner_id | bot.operator_partner_id
        self.env["discuss.channel.member"].create(
            [{"channel_id": channel.id, "partner_id": partner.id} for partner in people]
        )
        self.assertEqual(self.seen(), [("chat", "Jana")])
        channel.name = "Jana N."
        self.assertEqual(self.seen(), [("chat", "Jana N.")])
        self.assertEqual(self.seen(bot.operator_partner_id), [])

    def test_what_waits_in_a_queue_is_an_open_matter(self):
        item = self._make_item(partner_id=self.customer.id, channel="call")
        picture = self.env["crm.picture"].get(self.customer.id)
        items = {desk["key"]: desk for desk in picture["desks"]}["items"]
        self.assertEqual([row["id"] for row in items["items"]], item.ids)
