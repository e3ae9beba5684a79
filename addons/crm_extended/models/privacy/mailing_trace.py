from odoo import fields, models


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    failure_type = fields.Selection(
        selection_add=[("mail_consent", "No Consent")],
        ondelete={"mail_consent": "set null"},
    )
