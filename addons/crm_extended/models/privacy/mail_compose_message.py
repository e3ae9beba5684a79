from odoo import api, fields, models

from ...privacy.verdict import RIGHT

JUDGED = 5000  # people that are judged while the mail is written; all when it is sent


class MailComposer(models.TransientModel):
    """Mails to many are sent for a purpose, as mailings and SMS are.

    What a contract needs is the default, and asks for no consent. A mail to one
    customer or a message in the chatter is a talk and has no purpose to choose.
    """

    _inherit = "mail.compose.message"

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Consent Purpose",
        compute="_compute_purpose_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Why these people are written to. News and offers go only to those who "
        "agreed; orders and service need no consent.",
    )
    consent_warning = fields.Text(compute="_compute_consent_warning")

    @api.depends("composition_mode")
    def _compute_purpose_id(self):
        service = self.env.ref("crm_extended.consent_purpose_service", False)
        for composer in self:
            if composer.composition_mode != "mass_mail":
                composer.purpose_id = False
            else:
                composer.purpose_id = composer.purpose_id or service

    @api.depends("composition_mode", "model", "purpose_id", "res_ids", "res_domain")
    def _compute_consent_warning(self):
        """How many would be left out, said while the mail is still written."""
        for composer in self:
            composer.consent_warning = False
            if not composer._asks_consent() or composer.model not in self.env:
                continue
            ids = composer._evaluate_res_ids()[:JUDGED]
            verdicts = composer._judge_records(self.env[composer.model].browse(ids))
            left = sum(verdict not in RIGHT for verdict in verdicts.values())
            if left:
                composer.consent_warning = self.env._(
                    "%(left)s of %(total)s are left out: they may not be addressed for "
                    "“%(purpose)s”.",
                    left=left,
                    total=len(verdicts),
                    purpose=composer.purpose_id.name,
                )

    def _prepare_mailing_values(self):
        """A mailing that is made of the mail has the purpose of the mail."""
        values = super()._prepare_mailing_values()
        return (
            {**values, "purpose_id": self.purpose_id.id} if self.purpose_id else values
        )

    def _asks_consent(self):
        """Whether the mail is a send by purpose; a mailing asks by its own."""
        return bool(
            self.composition_mode == "mass_mail"
            and not self._is_mass_mailing()
            and self.purpose_id
            and not self.purpose_id._is_duty()
        )

    def _judge_records(self, records, emails=None):
        """{record id: verdict}"""
        if self._is_mass_mailing():
            return self.mass_mailing_id.judge_recipients(records, emails)
        people = records.sudo()._get_addressed(emails or {})
        consents = self.env["crm.consent"].sudo()
        return consents._judge_addresses(people, self.purpose_id, "mail")

    def _process_mail_values_state(self, mail_values_dict):
        """Who has not agreed is left out; the trace, or the stopped mail, says why."""
        values = super()._process_mail_values_state(mail_values_dict)
        for res_id, reason in self._find_unwilling(values).items():
            values[res_id].update(state="cancel", is_notification=False)
            if self._is_mass_mailing():
                values[res_id]["failure_type"] = "mail_consent"
            else:
                values[res_id].update(failure_type="mail_optout", failure_reason=reason)
        return values

    def _prepare_mail_values_mailing_traces(self, mail_values_all):
        traces = super()._prepare_mail_values_mailing_traces(mail_values_all)
        for res_id, reason in self._find_unwilling(mail_values_all).items():
            if traces.get(res_id):
                traces[res_id]["failure_reason"] = reason
        return traces

    def _find_unwilling(self, mail_values_dict):
        """{record id: why it is left out}, of those nothing else stops."""
        if not (self._is_mass_mailing() or self._asks_consent()):
            return {}
        open_ = [
            res_id
            for res_id, values in mail_values_dict.items()
            if values.get("state") != "cancel"
            or values.get("failure_type") == "mail_consent"
        ]
        recipients = self._get_recipients_data(
            {res_id: mail_values_dict[res_id] for res_id in open_}
        )
        emails = {
            res_id: found["mail_to_normalized"][0]
            for res_id, found in recipients.items()
            if found["mail_to_normalized"]
        }
        records = self.env[self.model].browse(open_)
        verdicts = self._judge_records(records, emails)
        consents = self.env["crm.consent"]
        return {
            res_id: consents._tell_verdict(verdict)
            for res_id, verdict in verdicts.items()
            if verdict not in RIGHT
        }
