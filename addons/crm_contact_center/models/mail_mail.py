from odoo import models


class MailMail(models.Model):
    """A mail that could not be sent is no answer: its work item comes back."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # a mail to several counts as sent when one of them got it, so the failure of
        # an answer is read off the mail that carries it to the customer
        messages = (
            self.mail_message_id if failure_type else self.mail_message_id.browse()
        )
        answers = messages.filtered(lambda m: m.model == "crm.work.item")
        result = super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
        for answer in answers:
            item = self.env["crm.work.item"].browse(answer.res_id).exists()
            if item and item._is_answer(answer):
                item._answer_failed(answer)
        return result
