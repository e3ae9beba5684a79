from odoo import models
from odoo.tools import email_normalize


class Base(models.AbstractModel):
    _inherit = "base"

    def _get_addressed(self, emails=None):
        """Who is meant by each record when something is sent to it.

        :param dict emails: {record id: address it goes to}, where that is known
        :return: list of `(record id, partner id or None, e-mail or None,
            phone or None)`, as `crm.consent._judge_addresses` takes it
        """
        emails = emails or {}
        is_partner = self._name == "res.partner"
        links = [] if is_partner else self._mail_get_partner_fields()
        people = []
        for record in self:
            partner = record if is_partner else record[links[0]][:1] if links else None
            email = emails.get(record.id) or email_normalize(
                self._get_first(record, ("email_normalized", "email", "email_from"))
            )
            phone = self._get_first(record, ("phone_sanitized",)) or None
            if partner:
                email = email or partner.email_normalized
                phone = phone or partner.phone_sanitized
            people.append(
                (record.id, partner.id if partner else None, email or None, phone)
            )
        return people

    def _get_first(self, record, names):
        found = (record[name] for name in names if name in self._fields)
        return next((value for value in found if value), "") or ""
