from email.message import EmailMessage

from odoo.tests import new_test_user

from odoo.addons.mail.tests.common import MailCommon


class ContactCommon(MailCommon):
    """Two queues with an agent each, a supervisor, a customer, and the post office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_admin
        agent_group = "crm_contact_center.group_contact_agent"
        common = {"company_id": cls.company.id, "company_ids": [(4, cls.company.id)]}
        cls.agent = new_test_user(
            cls.env, "cc_agent", agent_group, email="agent@shop.example", **common
        )
        cls.other_agent = new_test_user(
            cls.env, "cc_other", agent_group, email="other@shop.example", **common
        )
        cls.supervisor = new_test_user(
            cls.env,
            "cc_boss",
            "crm_contact_center.group_contact_supervisor",
            email="boss@shop.example",
            **common,
        )
        cls.queue = cls._make_queue("Shop Service", "cc_shop", cls.agent)
        cls.complaints = cls._make_queue(
            "Complaints", "cc_complaints", cls.other_agent, response_hours=4
        )
        cls.customer = cls.env["res.partner"].create(
            {"name": "Jana Nováková", "email": "Jana@Customer.example"}
        )
        cls.solved = cls.env["crm.disposition"].create(
            {"name": "Solved", "code": "cc_solved"}
        )
        cls.company.contact_queue_id = cls.queue

    @classmethod
    def _make_queue(cls, name, code, agents, **values):
        return cls.env["crm.queue"].create(
            {
                "name": name,
                "code": code,
                "alias_name": code,
                "company_id": cls.company.id,
                "member_ids": [(6, 0, agents.ids)],
                **values,
            }
        )

    @classmethod
    def _make_item(cls, **values):
        return cls.env["crm.work.item"].create(
            {
                "name": "Wants a turntable repaired",
                "queue_id": cls.queue.id,
                "partner_id": cls.customer.id,
                **values,
            }
        )

    # ------------------------------------------------------------------ the post office

    def _mail(self, body="Where is my record?", **headers):
        """A raw mail; keyword names become headers (`In_Reply_To` -> In-Reply-To)."""
        message = EmailMessage()
        headers = {
            "From": "Jana <jana@customer.example>",
            "To": self.queue.alias_email,
            "Subject": "Where is my order?",
            "Message_Id": f"<{self._next_id()}@customer.example>",
            **headers,
        }
        for name, value in headers.items():
            if value:
                message[name.replace("_", "-")] = value
        message.set_content(body)
        return message.as_bytes()

    @classmethod
    def _next_id(cls):
        cls._mail_number = getattr(cls, "_mail_number", 0) + 1
        return f"cc-{cls._mail_number}"

    def _receive(self, raw=None, **headers):
        """Put a mail through Odoo's own gateway; returns the item it landed in."""
        raw = raw or self._mail(**headers)
        with self.mock_mail_gateway():
            thread_id = self.env["mail.thread"].message_process(None, raw)
        return self.env["crm.work.item"].browse(thread_id or [])

    def _answer(self, item, body="It is on its way.", user=None):
        with self.mock_mail_gateway():
            return item.with_user(user or self.agent).message_post(
                body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
            )

    def _interactions(self, partner=None):
        return self.env["crm.interaction"].search(
            [("partner_id", "=", (partner or self.customer).id)]
        )
