from odoo import api, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """An e-mail from a customer is an interaction.

        One statement per batch, none where no e-mail is about a document of interest.
        """
        messages = super().create(vals_list)
        interactions = self.env["crm.interaction"].sudo()
        names = interactions._get_mail_models()
        received = messages.sudo().filtered(
            lambda m: m.message_type == "email" and m.model in names and m.author_id
        )
        if received:
            interactions._note_received(received)
        return messages
