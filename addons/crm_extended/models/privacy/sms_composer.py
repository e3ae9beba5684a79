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
        purpose = self.purpose_id
        if "mailing_id" in self._fields and self.mailing_id:
            purpose = self.mailing_id._get_purpose()
        if self.composition_mode != "mass" or not purpose:
            return found
        people = [
            (
                record.id,
                info["partner"].id or None,
                None,
                info["sanitized"] or None,
            )
            for record in records
            if (info := recipients_info.get(record.id))
        ]
        consents = self.env["crm.consent"].sudo()
        verdicts = consents._judge_addresses(people, purpose, "sms")
        refused = [id_ for id_, verdict in verdicts.items() if verdict not in RIGHT]
        return [*found, *refused]
