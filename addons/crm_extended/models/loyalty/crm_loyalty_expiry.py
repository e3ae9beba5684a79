from datetime import timedelta

from odoo import api, fields, models

DUE = """
SELECT l.id, c.id, c.partner_id, p.id
  FROM crm_loyalty_lot l
  JOIN loyalty_card c ON c.id = l.card_id AND c.active AND c.partner_id IS NOT NULL
  JOIN loyalty_program p ON p.id = c.program_id AND p.notice_days > 0
 WHERE l.remaining > 0 AND l.noticed_at IS NULL AND l.expires_at > %(now)s
   AND l.expires_at <= %(now)s + p.notice_days * interval '1 day'
 ORDER BY c.id LIMIT 20000
"""


class LoyaltyExpiry(models.AbstractModel):
    """Points whose time is over are taken; members are told before."""

    _inherit = "crm.loyalty.ledger"

    @api.model
    def _cron_expire(self):
        """Expire what is due, a thousand cards at a time, each thousand for good."""
        cron = self.env["ir.cron"]
        while done := self._expire_due(1000):
            if not cron._commit_progress(done):
                break

    @api.model
    def _cron_give_notice(self):
        """One mail per card about all its points that expire soon, once per lot.

        Members who do not want mails of the service, or have no address, are passed
        over; they see the date on their card.
        """
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(DUE, {"now": now})
        rows = self.env.cr.fetchall()
        lots = [row[0] for row in rows]
        cards = self.env["loyalty.card"].browse(dict.fromkeys(row[1] for row in rows))
        told = self._get_tellable(cards)
        template = self.env.ref(
            "crm_extended.mail_template_loyalty_expiry", raise_if_not_found=False
        )
        if template and told:
            template.send_mail_batch(told.ids)
        self.env.cr.execute(
            "UPDATE crm_loyalty_lot SET noticed_at = %s WHERE id = ANY(%s)", [now, lots]
        )
        return len(told)

    @api.model
    def _get_tellable(self, cards):
        """Cards whose member has an address and agrees to mails of the service."""
        with_mail = cards.filtered("partner_id.email")
        purpose = self.env.ref(
            "crm_extended.consent_purpose_service", raise_if_not_found=False
        )
        if not purpose or not with_mail:
            return with_mail
        consents = self.env["crm.consent"].sudo()
        allowed = consents._allowed(with_mail.partner_id, purpose, "mail")
        return with_mail.filtered(lambda card: card.partner_id in allowed)


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _get_expiring(self):
        """``[(day, points)]`` that expire within the programme's notice."""
        self.ensure_one()
        until = fields.Datetime.now() + timedelta(days=self.program_id.notice_days)
        digits = self.env["crm.loyalty.ledger"]._get_digits(self)[self.id]
        found = {}
        for lot in self.sudo().lot_ids.filtered(
            lambda lot: lot.remaining and lot.expires_at and lot.expires_at <= until
        ):
            local = fields.Datetime.context_timestamp(
                self.with_context(tz=self.program_id._get_zone()),
                lot.expires_at - timedelta(seconds=1),
            )
            found[local.date()] = found.get(local.date(), 0) + lot.remaining
        return [
            (day, self._format_points(units / 10**digits))
            for day, units in sorted(found.items())
        ]
