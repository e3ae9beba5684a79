from odoo import api, fields, models

from ...privacy.verdict import RIGHT


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Consent Purpose",
        compute="_compute_purpose_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Why these people are written to. Who has not agreed to it is left out.",
    )

    @api.depends("composition_mode")
    def _compute_purpose_id(self):
        default = self.env["crm.consent.purpose"]._default_purpose()
        for composer in self:
            composer.purpose_id = composer.purpose_id or default

    def _get_optout_record_ids(self, records, recipients_info):
        """An SMS in bulk leaves out who has not agreed, as if opted out."""
        found = super()._get_optout_record_ids(records, recipients_info)
        return [*found, *self._find_unwilling(records, recipients_info)]

    def _action_send_sms_mass(self, records=None):
        """Traces of a mailing say that it was the consent that was missing."""
        sent = super()._action_send_sms_mass(records)
        mailing = self._get_mailing()
        if mailing:
            records = records if records is not None else self._get_records()
            info = self._prepare_recipient_values(records)
            self._explain_traces(mailing, self._find_unwilling(records, info))
        return sent

    def _find_unwilling(self, records, recipients_info):
        """{record id: verdict} of those who may not be addressed."""
        mailing = self._get_mailing()
        purpose = mailing._get_purpose() if mailing else self.purpose_id
        if self.composition_mode != "mass" or not purpose:
            return {}
        people = [
            (record.id, info["partner"].id or None, None, info["sanitized"] or None)
            for record in records
            if (info := recipients_info.get(record.id))
        ]
        consents = self.env["crm.consent"].sudo()
        verdicts = consents._judge_addresses(people, purpose, "sms")
        return {i: verdict for i, verdict in verdicts.items() if verdict not in RIGHT}

    def _get_mailing(self):
        """The mailing it is sent for, where `mass_mailing_sms` is installed."""
        return "mailing_id" in self._fields and self.mailing_id

    @api.model
    def _explain_traces(self, mailing, unwilling):
        traces = self.env["mailing.trace"].search(
            [
                ("mass_mailing_id", "=", mailing.id),
                ("res_id", "in", list(unwilling)),
                ("failure_type", "=", "sms_optout"),
            ]
        )
        for verdict, rows in traces.grouped(lambda t: unwilling[t.res_id]).items():
            reason = self.env["crm.consent"]._tell_verdict(verdict)
            rows.write({"failure_type": "mail_consent", "failure_reason": reason})
