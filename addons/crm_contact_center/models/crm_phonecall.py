from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_extended.privacy.verdict import RIGHT

SHOWN = 5  # people named in a message
PLANNED = ("open", "pending")


class CrmPhonecall(models.Model):
    """A call to a customer has a purpose, and is planned only where it is allowed.

    Consents are asked twice: when a call is planned, which is refused, and when its
    form is opened to dial, which warns: the person may have withdrawn in between. What
    was spoken already is noted whatever the answer was.
    """

    _inherit = "crm.phonecall"

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Consent Purpose",
        default=lambda self: self._default_purpose(),
        ondelete="restrict",
        help="Why we call. Whoever objected to it, or did not agree where consent is "
        "needed, is not called.",
    )
    refusal = fields.Char(
        compute="_compute_refusal",
        compute_sudo=True,
        help="Why the person may not be called, if so",
    )

    @api.model
    def _default_purpose(self):
        """Calls of the daily work belong to orders and service."""
        return self.env.ref("crm_extended.consent_purpose_service", False)

    @api.depends("partner_id", "partner_phone", "purpose_id", "direction", "state")
    def _compute_refusal(self):
        verdicts = self._judge_calls()
        tell = self.env["crm.consent"]._tell_verdict
        for call in self:
            verdict = verdicts.get(call)
            call.refusal = tell(verdict) if verdict and verdict not in RIGHT else False

    @api.constrains("partner_id", "partner_phone", "purpose_id", "direction", "state")
    def _check_consent(self):
        refused = self.filtered("refusal")
        if not refused:
            return
        names = [
            self.env._(
                "%(name)s (%(why)s)",
                name=call.partner_id.name or call.partner_phone or call.name,
                why=call.refusal,
            )
            for call in refused[:SHOWN]
        ]
        more = len(refused) - SHOWN
        raise UserError(
            self.env._(
                "These people may not be called for “%(purpose)s”: %(names)s. Leave "
                "them out, or note what they agree to.",
                purpose=refused[0].sudo().purpose_id.name,
                names=", ".join(names) + (f" (+{more})" if more > 0 else ""),
            )
        )

    def _judge_calls(self):
        """{call: verdict} of planned calls to customers; two queries per purpose."""
        found = {}
        planned = self.filtered(
            lambda c: c.direction == "out" and c.state in PLANNED and c.purpose_id
        )
        consents = self.env["crm.consent"].sudo()
        for purpose, calls in planned.grouped("purpose_id").items():
            people = [
                (number, call.partner_id._origin.id or None, None, call._get_number())
                for number, call in enumerate(calls)
            ]
            people = [one for one in people if one[1] or one[3]]
            verdicts = consents._judge_addresses(people, purpose, "call")
            found.update({calls[number]: v for number, v in verdicts.items()})
        return found

    def _get_number(self):
        """The number to dial in international form, as consents know it."""
        partner = self.partner_id
        number = self.partner_phone
        formatted = number and partner._phone_format(number=number)
        return formatted or partner.phone_sanitized or number or None

    def get_values_schedule_another_phonecall(self, vals):
        """The next call has the purpose of the one before."""
        values = super().get_values_schedule_another_phonecall(vals)
        return {**values, "purpose_id": self.purpose_id.id}
