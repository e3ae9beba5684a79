from odoo import models

from ...privacy.verdict import RIGHT


class MailComposer(models.TransientModel):
    _inherit = "mail.compose.message"

    def _process_mail_values_state(self, mail_values_dict):
        """A mailing leaves out who has not agreed; their traces say why."""
        values = super()._process_mail_values_state(mail_values_dict)
        for res_id in self._find_unwilling(values):
            values[res_id].update(
                state="cancel", failure_type="mail_consent", is_notification=False
            )
        return values

    def _prepare_mail_values_mailing_traces(self, mail_values_all):
        traces = super()._prepare_mail_values_mailing_traces(mail_values_all)
        for res_id, reason in self._find_unwilling(mail_values_all).items():
            if traces.get(res_id):
                traces[res_id]["failure_reason"] = reason
        return traces

    def _find_unwilling(self, mail_values_dict):
        """{record id: why it is left out}, of those nothing else stops."""
        if not self._is_mass_mailing():
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
        verdicts = self.mass_mailing_id.judge_recipients(records, emails)
        consents = self.env["crm.consent"]
        return {
            res_id: consents._tell_verdict(verdict)
            for res_id, verdict in verdicts.items()
            if verdict not in RIGHT
        }
