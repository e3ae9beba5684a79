from odoo import models


class MailThread(models.AbstractModel):
    """A deputy is told what the absent person is told, by the ways he chose himself."""

    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        users = {r["uid"] for r in recipients if r.get("uid") and not r["share"]}
        if not (users and self):
            return recipients
        values = msg_vals or {}
        kind = values.get("message_type") or message.sudo().message_type
        is_task = kind == "user_notification"
        deputies = self.env["crm.deputy"].sudo()  # whose they are is no secret here
        found = deputies._find_deputies(users, self._name, is_task)
        told = {r["id"] for r in recipients}
        told.add(values.get("author_id") or message.sudo().author_id.id)
        partners = {partner for _user, partner in found} - told
        if partners:
            followers = self.env["mail.followers"]
            data = followers._get_recipient_data(
                self.browse(), "user_notification", False, list(partners)
            )
            recipients += [one for one in data[0].values() if one["active"]]
        return recipients
