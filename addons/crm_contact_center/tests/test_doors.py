import xmlrpc.client

from odoo.tests import HttpCase, new_test_user, tagged

AGENT = "crm_contact_center.group_contact_agent"


class DoorCase(HttpCase):
    """A queue, its agent with a password, and a customer, seen through HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.company.alias_domain_id:
            cls.env["mail.alias.domain"].create({"name": "door.example"})
        cls.agent = new_test_user(
            cls.env, "cc_door", AGENT, name="Door Agent", email="door@shop.example"
        )
        cls.queue = cls.env["crm.queue"].create(
            {
                "name": "Door Service",
                "code": "cc_door",
                "alias_name": "cc-door",
                "member_ids": [(6, 0, cls.agent.ids)],
            }
        )
        cls.customer = cls.env["res.partner"].create(
            {"name": "Jana Doorová", "email": "jana@door-customer.example"}
        )
        cls.raw = (
            "From: Jana <jana@door-customer.example>\r\n"
            f"To: {cls.queue.alias_email}\r\nSubject: Is the shop open?\r\n"
            "Message-Id: <door-1@customer.example>\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\nOpen on Sunday?\r\n"
        ).encode()

    def _by_mailgate(self, raw):
        """What Odoo's mailgate script does for a mail server: raw bytes by RPC."""
        admin = self.env.ref("base.user_admin")
        admin.password = admin.login
        self.env.flush_all()
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            admin.id,
            admin.login,
            "mail.thread",
            "message_process",
            [False, xmlrpc.client.Binary(raw)],
        )


@tagged("post_install", "-at_install")
class TestDoors(DoorCase):
    """The way in that a real mail server uses."""

    def test_the_mailgate_delivers_a_raw_mail_over_xml_rpc(self):
        item_id = self._by_mailgate(self.raw)
        item = self.env["crm.work.item"].browse(item_id)
        self.assertEqual(item.queue_id, self.queue)
        self.assertEqual((item.partner_id, item.state), (self.customer, "waiting"))
        self.assertEqual(item.interaction_ids.direction, "in")

    def test_an_agents_key_opens_only_his_items(self):
        other = self.env["crm.queue"].create({"name": "Other", "code": "cc_odoor"})
        items = self.env["crm.work.item"].create(
            [
                {"name": "his", "queue_id": self.queue.id},
                {"name": "not his", "queue_id": other.id},
            ]
        )
        self.env.flush_all()
        found = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname,
            self.agent.id,
            "cc_doorx",
            "crm.work.item",
            "search",
            [[("id", "in", items.ids)]],
        )
        self.assertEqual(found, items[:1].ids)


@tagged("post_install", "-at_install")
class TestDesktop(DoorCase):
    """The agent's desktop in a real browser."""

    def test_an_agent_takes_the_next_item_answers_and_closes_it(self):
        self._by_mailgate(self.raw)
        item = self.env["crm.work.item"].search([("queue_id", "=", self.queue.id)])
        self.start_tour("/odoo", "crm_work_item_tour", login="cc_door", timeout=120)
        item.invalidate_recordset()
        self.assertEqual((item.agent_id, item.state), (self.agent, "done"))
        self.assertTrue(item.disposition_id)
        self.assertTrue(item.first_response_at)
        out = item.interaction_ids.filtered(lambda i: i.direction == "out")
        self.assertIn("Sundays from ten", out.summary)
