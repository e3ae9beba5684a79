import ast
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formataddr

from ..channels import CHANNELS as ADAPTERS
from ..channels.payload import Automatic, Inbound
from .crm_work_item import CLOSED_STATES

_logger = logging.getLogger(__name__)


class WorkItem(models.Model):
    """The item as an e-mail conversation: what may enter it, and how answers leave."""

    _inherit = "crm.work.item"

    # ------------------------------------------------------------------ the gate

    @api.model
    def _guard_routes(self, message, message_dict, routes):
        """Decide anew on mail that is about to enter items; other routes pass.

        From, References and In-Reply-To are only claims. None of them lets a message
        into a conversation of somebody else, act as a colleague, or become an internal
        note.
        """
        mail = ADAPTERS["mail"]
        sender = mail.address(message_dict.get("email_from"))
        inbound = mail.receive(message, self._own_addresses(sender))
        message_dict["subject"] = inbound.subject
        message_dict["is_internal"] = False
        message_dict["body"] = self._wrap_lines(message_dict.get("body") or "")
        guarded, opened = [], False
        for route in routes:
            if route[0] == self._name:
                route = self._guard_route(inbound, message_dict, route)
                if not route or (opened and not route[1]):
                    continue  # one mail to two queues is one item, in the first
                opened = opened or not route[1]
            guarded.append(route)
        return guarded

    @api.model
    def _wrap_lines(self, body):
        """Long lines of plain-text mail wrap on the agent's screen like any other."""
        style = '<pre style="white-space: pre-wrap; font-family: inherit">'
        return type(body)(str(body).replace("<pre>", style))

    @api.model
    def _guard_route(self, inbound, message_dict, route):
        """The route corrected, or None when a machine wrote."""
        _model, thread_id, custom_values, _uid, alias = route
        item = self.sudo().browse(thread_id or []).exists()
        values = dict(custom_values or {})
        if alias and not values:
            values = ast.literal_eval(alias.sudo().alias_defaults or "{}")
        participants, _partner = (
            item._participants(inbound.sender) if item else (frozenset(), None)
        )
        known = ADAPTERS["mail"].may_continue(inbound.sender, participants)
        queue = self.env["crm.queue"].sudo().browse(values.get("queue_id"))
        queue = queue.exists() or item.queue_id
        if inbound.automatic and not (
            inbound.automatic is Automatic.BULK and queue.accept_bulk
        ):
            self._log_automatic(inbound, item if known else item.browse())
            return None
        if item and not (known and item._takes_more()):
            values.setdefault("queue_id", item.queue_id.id)
            values["previous_id"] = item.id if known else False
            item = item.browse()
        if not item:
            message_dict.pop("parent_id", None)
        # Nobody is let in as a colleague on the word of a From line
        return (self._name, item.id, values, SUPERUSER_ID, alias)

    def _takes_more(self):
        """Whether a further message belongs here: open, or closed not long ago."""
        days = self.company_id.contact_reopen_days
        limit = fields.Datetime.now() - timedelta(days=days)
        closed = self.state in CLOSED_STATES
        return not closed or (bool(self.closed_at) and self.closed_at >= limit)

    @api.model
    def _log_automatic(self, inbound, item):
        _logger.info(
            "Mail with Message-Id %s not queued: %s%s",
            inbound.external_id,
            inbound.automatic.value,
            f" (noted on work item {item.id})" if item else "",
        )
        if item and inbound.automatic is not Automatic.OWN:
            item._message_log(
                body=self.env._(
                    "An automatic message came and was not treated as an answer of "
                    "the customer (%(why)s): %(subject)s",
                    why=inbound.automatic.value,
                    subject=inbound.subject,
                )
            )

    @api.model
    def _own_addresses(self, sender):
        """The sender's address if it is one of ours: a mail from there is a loop."""
        if not sender:
            return frozenset()
        domains = self.env["mail.alias.domain"].sudo().search([], limit=100)
        system = {
            domain[field]
            for domain in domains
            for field in ("bounce_email", "catchall_email", "default_from_email")
        }
        alias = self.env["mail.alias"].sudo()
        own = sender.value in system or alias.search_count(
            [("alias_full_name", "=", sender.value)], limit=1
        )
        return frozenset([sender.value] if own else [])

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """Odoo's brake on a sender of many mails, on an index instead of a scan."""
        return [("email_normalized", "=", email_from_normalized)]

    # ------------------------------------------------------------------ coming in

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        sender = ADAPTERS["mail"].address(msg_dict.get("email_from"))
        inbound = Inbound(
            channel="mail",
            external_id=msg_dict.get("message_id") or "",
            sender=sender,
            subject=msg_dict.get("subject") or self.env._("No subject"),
        )
        written_from = formataddr((sender.name, sender.value)) if sender else False
        item = self._open_from(
            inbound, {**(custom_values or {}), "email_from": written_from}
        )
        msg_dict["author_id"] = item.partner_id.id
        return item

    def message_update(self, msg_dict, update_vals=None):
        sender = ADAPTERS["mail"].address(msg_dict.get("email_from"))
        _addresses, partner = self._participants(sender)
        msg_dict["author_id"] = partner.id
        return super().message_update(msg_dict, update_vals=update_vals)

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if message.message_type == "email":
            self._customer_wrote(message)
        elif self._is_answer(message):
            self._customer_answered(message)
        return result

    def _customer_wrote(self, message):
        self._note_messages(message)
        if self.state in CLOSED_STATES:
            self._reopen()
        elif self.state == "customer":
            self._customer_waits_again()
        else:
            self._announce()

    def _message_receive_bounce(self, email, partner):
        """An answer that did not arrive brings the item back to its agent.

        Anyone can forge a delivery report: one about other people's addresses does
        nothing here.
        """
        result = super()._message_receive_bounce(email, partner)
        for item in self:
            sender = ADAPTERS["mail"].address(email)
            if sender.value not in item._participants(sender)[0]:
                continue
            item._message_log(
                body=self.env._("The answer could not be delivered to the customer.")
            )
            if item.state == "customer":
                item._customer_waits_again()
        return result

    def _customer_waits_again(self, since=None):
        """The ball is with us: with the agent who answered, while he is there."""
        now = fields.Datetime.now()
        vals = {"state": "assigned", "asked_at": since or now, "queued_at": now}
        if not self.agent_id.active:
            vals.update(state="waiting", agent_id=False)
        self._keep(vals)

    # ------------------------------------------------------------------ going out

    def message_post(self, **kwargs):
        """Post on the item. A comment to nobody named answers the customer."""
        self.ensure_one()
        if self._is_comment(kwargs) and not (
            kwargs.get("partner_ids") or kwargs.get("outgoing_email_to")
        ):
            kwargs.update(self._prepare_answer_values(kwargs))
        return super().message_post(**kwargs)

    def _is_comment(self, values):
        comment = self.env.ref("mail.mt_comment")
        return values.get("message_type") == "comment" and (
            values.get("subtype_xmlid") == "mail.mt_comment"
            or values.get("subtype_id") == comment.id
        )

    def _prepare_answer_values(self, values):
        """To the address the customer wrote from, else to the one on his record."""
        mail = ADAPTERS["mail"]
        to = mail.address(self.email_from or self.partner_id.email)
        if not to:
            raise UserError(
                self.env._(
                    "The customer has no e-mail address to answer to. Enter one on the "
                    "customer, or write an internal note."
                )
            )
        outbound = mail.reply(to, self.name)
        subject = values.get("subject") or outbound.subject
        if self.partner_id.email_normalized == to.value:
            return {"partner_ids": self.partner_id.ids, "subject": subject}
        formatted = formataddr((to.name, to.value))
        return {"outgoing_email_to": formatted, "subject": subject}

    def _is_answer(self, message):
        """Whether a person of ours wrote this to the customer, not to a colleague."""
        if (
            message.message_type != "comment"
            or message.subtype_id != self.env.ref("mail.mt_comment")
            or message.author_id.partner_share
        ):
            return False
        told = set(message.partner_ids.mapped("email_normalized"))
        told.add(ADAPTERS["mail"].address(message.outgoing_email_to).value)
        customer = {self.email_normalized, self.partner_id.email_normalized}
        return bool(told & (customer - {False, ""}))

    def _customer_answered(self, message):
        """We answered: the clock stops and the ball is with the customer."""
        self._note_messages(message)
        now = fields.Datetime.now()
        vals = {
            "first_response_at": self.first_response_at or now,
            "asked_at": False,
        }
        if self.state not in CLOSED_STATES:
            vals["state"] = "customer"
        if not self.agent_id:
            vals.update(agent_id=self.env.uid, **self._prepare_taken_values(now))
        self._keep(vals)

    def _answer_failed(self, message):
        """An answer that never left is none: the clock runs on from the question."""
        self._message_log(
            body=self.env._(
                "The answer could not be sent: the reason is at the red envelope of "
                "the message. Correct the address or the mail server and answer again."
            )
        )
        if self.first_response_at and self.first_response_at >= message.date:
            self._keep({"first_response_at": False})
        if self.state == "customer":
            letters = self.message_ids.filtered(lambda m: m.message_type == "email")
            self._customer_waits_again(max(letters.mapped("date"), default=None))

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Customers answer to the queue's address, not to an agent's own."""
        queues = self.sudo().queue_id
        by_queue = queues._notify_get_reply_to(default=default, author_id=author_id)
        return {item.id: by_queue.get(item.sudo().queue_id.id) for item in self}
