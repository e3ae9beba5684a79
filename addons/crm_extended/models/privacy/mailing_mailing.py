from odoo import api, fields, models

from ...privacy.verdict import RIGHT


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Consent Purpose",
        default=lambda self: self.env["crm.consent.purpose"]._default_purpose(),
        ondelete="restrict",
        help="Why these people are written to. Who has not agreed to it, or withdrew, "
        "is left out when it is sent; the list of recipients says why.",
    )
    left_out_count = fields.Integer(
        string="Left Out",
        compute="_compute_left_out_count",
        help="Recipients left out when it was sent, as they did not agree",
    )

    def _compute_left_out_count(self):
        groups = self.env["mailing.trace"]._read_group(
            [
                ("mass_mailing_id", "in", self.ids),
                ("failure_type", "=", "mail_consent"),
            ],
            ["mass_mailing_id"],
            ["__count"],
        )
        counts = {mailing.id: count for mailing, count in groups}
        for mailing in self:
            mailing.left_out_count = counts.get(mailing.id, 0)

    def _get_purpose(self):
        """The purpose to check by; a mailing that names none is news."""
        self.ensure_one()
        return self.purpose_id or self.env["crm.consent.purpose"]._default_purpose()

    @api.private
    def judge_recipients(self, records, emails=None, channel="mail"):
        """{record id: verdict} of the consents for this mailing; see `_judge`.

        :param records: what the mailing is sent to, of any model
        :param dict emails: {record id: normalised address it goes to}
        """
        consents = self.env["crm.consent"].sudo()
        purpose = self._get_purpose()
        if not purpose:
            return {}
        people = records.sudo()._get_addressed(emails or {})
        return consents._judge_addresses(people, purpose, channel)

    def action_check_consents(self):
        """Tell how many of the recipients may be addressed, before it is sent."""
        self.ensure_one()
        self.check_access("read")
        records = self.env[self.mailing_model_real].browse(self._get_recipients())
        channel = self.mailing_type if self.mailing_type == "sms" else "mail"
        verdicts = self.judge_recipients(records, channel=channel)
        allowed = sum(verdict in RIGHT for verdict in verdicts.values())
        counts = {}
        for verdict in verdicts.values():
            if verdict not in RIGHT:
                counts[verdict] = counts.get(verdict, 0) + 1
        consents = self.env["crm.consent"]
        reasons = [
            f"{consents._tell_verdict(verdict)}: {count}"
            for verdict, count in sorted(counts.items())
        ]
        message = self.env._(
            "%(allowed)s of %(total)s recipients may be addressed for “%(purpose)s”.",
            allowed=allowed,
            total=len(verdicts),
            purpose=self._get_purpose().name,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if reasons else "success",
                "message": " ".join([message, *reasons]),
                "sticky": bool(reasons),
            },
        }

    def action_open_left_out(self):
        """Open the recipients who were left out, with the reasons."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Left Out"),
            "res_model": "mailing.trace",
            "view_mode": "list,form",
            "domain": [
                ("mass_mailing_id", "=", self.id),
                ("failure_type", "=", "mail_consent"),
            ],
        }


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    failure_type = fields.Selection(
        selection_add=[("mail_consent", "No Consent")],
        ondelete={"mail_consent": "set null"},
    )
