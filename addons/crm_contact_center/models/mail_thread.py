import logging
import xmlrpc.client
from email.message import EmailMessage

from odoo import api, models

from ..channels.mail import bound, too_deep

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    """The mail gateway with our gate before work items and with bounds on any mail."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        raw = message.data if isinstance(message, xmlrpc.client.Binary) else message
        raw = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
        if too_deep(raw):
            _logger.warning(
                "Mail of %s bytes refused: nested deeper than any honest message",
                len(raw),
            )
            return False
        return super().message_process(
            model,
            raw,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )

    @api.model
    def message_parse(self, message, save_original=False):
        if isinstance(message, EmailMessage):
            cuts = bound(message)
            if cuts:
                _logger.warning("Oversized mail was cut: %s left out", ", ".join(cuts))
        return super().message_parse(message, save_original=save_original)

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        item = self.env["crm.work.item"]
        if any(route[0] == item._name for route in routes or ()):
            return item._guard_routes(message, message_dict, routes)
        return routes
