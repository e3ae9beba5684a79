import json
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from odoo import api, fields, models
from odoo.tools import file_open

from ..channels import CHANNELS as ADAPTERS


class WorkItem(models.Model):
    """Plays the demo data's story through the real doors, dated some hours ago."""

    _inherit = "crm.work.item"

    @api.model
    def _load_demo_domain(self, name):
        """Every alias of the database moves in there, so no addon may own it."""
        domains = self.env["mail.alias.domain"]
        if not domains.search([], limit=1):
            domains.create({"name": name})

    @api.model
    def _load_demo(self, path):
        """:param path: JSON list of contacts, each with steps dated in hours ago"""
        self = self.with_context(mail_notify_force_send=False)
        with file_open(path) as story:
            for number, contact in enumerate(json.load(story)):
                self._play_contact(contact, number)
        self._pretend_sent()

    @api.model
    def _play_contact(self, contact, number):
        queue = self.env.ref(f"crm_contact_center.queue_{contact['queue']}")
        sender = ADAPTERS["mail"].address(contact["from"])
        item = self.browse()
        if contact["channel"] != "mail":
            at = self._hours_ago(contact["steps"][0]["hours"])
            customer = self.env["res.partner"]._find_customers(sender, queue.company_id)
            item = self.create(
                {
                    "name": contact["subject"],
                    "queue_id": queue.id,
                    "channel": contact["channel"],
                    "note": contact["note"],
                    "partner_id": customer[:1].id,
                    "queued_at": at,
                    "asked_at": at,
                }
            )
        for place, step in enumerate(contact["steps"]):
            at = self._hours_ago(step["hours"])
            if "customer" in step:
                raw = item._write_demo_mail(
                    contact, queue, step, at, f"{number}-{place}"
                )
                item |= item._receive_demo_mail(raw)
            elif "by" in step:
                user = self.env.ref(f"crm_contact_center.user_{step['by']}")
                item._play_step(user, step, at)
            if "customer" in step and not step.get("automatic"):
                item.write({"asked_at": at, "queued_at": at})
        item.priority = contact.get("priority", "0")

    def _write_demo_mail(self, contact, queue, step, at, number):
        mail = EmailMessage()
        mail["From"] = contact["from"]
        mail["To"] = queue.alias_email
        mail["Subject"] = contact["subject"]
        mail["Date"] = format_datetime(at)
        mail["Message-Id"] = f"<harmonia-demo-{number}@example.com>"
        said = self.message_ids.filtered(lambda m: m.message_type != "notification")
        if said:
            mail["In-Reply-To"] = said.sorted("id")[-1].message_id
        if step.get("automatic"):
            mail["Auto-Submitted"] = "auto-replied"
        mail.set_content(step["customer"])
        return mail.as_bytes()

    def _receive_demo_mail(self, raw):
        item_id = self.env["mail.thread"].message_process(self._name, raw)
        return self.browse(item_id or [])

    def _play_step(self, user, step, at):
        item = self.with_user(user)
        if self.state == "waiting":
            item.action_take()
            waited = int((at - self.queued_at).total_seconds())
            self.write({"taken_at": at, "waited_seconds": waited})
        if step.get("take"):
            return
        if "done" in step:
            outcome = self.env.ref(f"crm_contact_center.disposition_{step['done']}")
            item._close("done", outcome)
            self.closed_at = at
        elif step.get("cancel"):
            item.action_cancel()
            self.closed_at = at
        else:
            subtype = "mail.mt_note" if "note" in step else "mail.mt_comment"
            message = item.message_post(
                body=step.get("note") or step["answer"],
                message_type="comment",
                subtype_xmlid=subtype,
            )
            message.sudo().date = at
            interactions = self.env["crm.interaction"].sudo()
            interactions.search([("message_id", "=", message.id)]).date = at
            if "answer" in step:
                self.first_response_at = at

    @api.model
    def _hours_ago(self, hours):
        return fields.Datetime.now() - timedelta(hours=hours)

    @api.model
    def _pretend_sent(self):
        """The story's answers went out long ago; nothing of it shall be sent now."""
        mails = self.env["mail.mail"].search(
            [("model", "=", self._name), ("state", "=", "outgoing")]
        )
        mails.state = "sent"
        mails.notification_ids.notification_status = "sent"
