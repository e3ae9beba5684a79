from odoo import api, models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        """A message that goes to a customer by e-mail is an interaction.

        Who receives it is known here, followers included, and in one batch.
        """
        notifications = super().create(vals_list)
        sent = notifications.filtered(
            lambda n: n.notification_type == "email" and n.res_partner_id
        )
        if sent:
            self.env["crm.interaction"].sudo()._note_sent(sent)
        return notifications
