from odoo import api, fields, models
from odoo.exceptions import UserError

from ...privacy.verdict import RIGHT

JUDGED = 5000  # recipients that are judged while the form is open; more when it is sent
OFFICER = "crm_extended.group_privacy_officer"


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

    consent_warning = fields.Text(compute="_compute_consent_warning")
    reaches_nobody = fields.Boolean(compute="_compute_consent_warning")
    can_note_consents = fields.Boolean(compute="_compute_can_note_consents")

    @api.depends(
        "state", "purpose_id", "mailing_model_id", "mailing_domain", "contact_list_ids"
    )
    def _compute_consent_warning(self):
        """How many would be left out, said while the mailing is still written.

        The form asks for it, one mailing at a time. Of many recipients only the first
        ones are judged.
        """
        for mailing in self:
            mailing.consent_warning = mailing.reaches_nobody = False
            if mailing.state not in ("draft", "in_queue"):
                continue
            verdicts = mailing._judge_first()
            right = sum(verdict in RIGHT for verdict in verdicts.values())
            if right < len(verdicts):
                mailing.reaches_nobody = not right
                mailing.consent_warning = mailing._tell_left_out(verdicts, right)

    def _judge_first(self):
        """{record id: verdict} of the first `JUDGED` recipients"""
        self.ensure_one()
        model = self.env.get(self.mailing_model_real)
        if model is None or not model.has_access("read"):
            return {}
        records = model.search(self._get_recipients_domain(), limit=JUDGED)
        return self.judge_recipients(records, channel=self._get_consent_channel())

    def _tell_left_out(self, verdicts, right):
        numbers = {
            "total": len(verdicts),
            "out": len(verdicts) - right,
            "purpose": self._get_purpose().name,
        }
        if not right:
            return self.env._(
                "Nobody would get this mailing: none of the %(total)s recipients may "
                "be addressed for “%(purpose)s”.",
                **numbers,
            )
        return self.env._(
            "%(out)s of %(total)s recipients are left out: they may not be addressed "
            "for “%(purpose)s”.",
            **numbers,
        )

    @api.depends("contact_list_ids", "mailing_model_id", "state")
    @api.depends_context("uid")
    def _compute_can_note_consents(self):
        is_officer = self.env.user.has_group(OFFICER)
        for mailing in self:
            mailing.can_note_consents = bool(
                is_officer
                and mailing.state == "draft"
                and mailing.mailing_on_mailing_list
                and mailing.contact_list_ids
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

    def _get_consent_channel(self):
        return "sms" if self.mailing_type == "sms" else "mail"

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
        verdicts = self.judge_recipients(records, channel=self._get_consent_channel())
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

    def action_note_consents(self):
        """Note that the subscribers of the mailing's lists agreed, where they did."""
        self.ensure_one()
        self.check_access("write")
        return self.contact_list_ids.action_note_consents()

    def action_put_in_queue(self):
        """A mailing that would reach nobody is not sent, and its author learns why.

        :raises UserError: no recipient may be addressed
        """
        for mailing in self:
            verdicts = mailing._judge_first()
            right = any(verdict in RIGHT for verdict in verdicts.values())
            if verdicts and len(verdicts) < JUDGED and not right:
                raise UserError(
                    mailing._tell_left_out(verdicts, 0)
                    + "\n"
                    + self.env._(
                        "Ask them first, choose another purpose, or have the privacy "
                        "officer note the consents of people who signed up before: "
                        "Customers, Privacy, Mailing Lists."
                    )
                )
        return super().action_put_in_queue()

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
