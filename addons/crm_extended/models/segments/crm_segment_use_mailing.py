from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# Field of the recipient's customer's segments, by model
PATHS = {
    "res.partner": "segment_ids",
    "crm.lead": "partner_segment_ids",
    "sale.order": "partner_segment_ids",
}
GROUP = "crm_extended.group_customer_user"


class MailingMailing(models.Model):
    """A mailing to segments reaches who is in them when it is sent."""

    _inherit = "mailing.mailing"

    segment_ids = fields.Many2many(
        "crm.segment",
        "crm_segment_mailing_rel",
        string="To Segments",
        groups=GROUP,
        help="Only customers who are in one of these segments when it is sent",
    )
    segment_except_ids = fields.Many2many(
        "crm.segment",
        "crm_segment_mailing_except_rel",
        string="But Not",
        groups=GROUP,
        help="Whoever is in one of these is left out",
    )
    takes_segments = fields.Boolean(compute="_compute_takes_segments")

    @api.depends("mailing_model_id")
    def _compute_takes_segments(self):
        for mailing in self:
            mailing.takes_segments = mailing.mailing_model_real in PATHS

    @api.constrains("segment_ids", "segment_except_ids", "mailing_model_id")
    def _check_takes_segments(self):
        for mailing in self:
            # sudo: whether there are any, for whoever changes the recipients
            chosen = mailing.sudo().segment_ids | mailing.sudo().segment_except_ids
            if chosen and mailing.mailing_model_real not in PATHS:
                raise UserError(
                    self.env._(
                        "Mailing %(mailing)s goes to %(model)s, which has no "
                        "segments. Send it to contacts, leads or orders, or empty its "
                        "segments.",
                        mailing=mailing.subject,
                        model=mailing.mailing_model_id.name,
                    )
                )

    @api.depends("segment_ids", "segment_except_ids")
    def _compute_consent_warning(self):
        return super()._compute_consent_warning()

    def _get_recipients_domain(self):
        """Customers of today's segments, found by the filter when it is sent."""
        domain = Domain(super()._get_recipients_domain())
        path = PATHS.get(self.mailing_model_real)
        # sudo: who sends it needs not see segments, who chose them did
        mailing = self.sudo()
        if not path or not (mailing.segment_ids or mailing.segment_except_ids):
            return domain
        # ids by SQL, for the field is readable to customer users only
        if mailing.segment_ids:
            domain &= self._is_among(path, mailing.segment_ids)
        if mailing.segment_except_ids:
            domain &= ~self._is_among(path, mailing.segment_except_ids)
        return domain

    def _is_among(self, path, segments):
        partners = self.env["res.partner"].sudo()
        members = partners._search(Domain("segment_ids", "in", segments.ids))
        field = "id" if path == "segment_ids" else "partner_id"
        return Domain(field, "in", members)


class CrmSegment(models.Model):
    """Writing to the customers of a segment."""

    _inherit = "crm.segment"

    def action_write_mail(self):
        """Begin a mailing to whoever is in these segments when it is sent."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mailing"),
            "res_model": "mailing.mailing",
            "views": [(False, "form")],
            "context": {
                "default_mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "default_mailing_domain": "[]",
                "default_segment_ids": self.ids,
                "default_mailing_type": "mail",
            },
        }

    def action_write_sms(self):
        """Open the composer of text messages for those who are in now.

        :raises UserError: more customers than one message can be composed for
        """
        self.check_access("read")
        most = 5000
        domain = Domain("segment_ids", "in", self.ids)
        domain &= Domain("phone", "!=", False)
        partners = self.env["res.partner"].search(domain, limit=most + 1)
        if not partners:
            raise UserError(
                self.env._("Nobody in these segments has a phone number to write to.")
            )
        if len(partners) > most:
            raise UserError(
                self.env._(
                    "Text messages are composed for at most %(most)s customers at a "
                    "time. Choose smaller segments, or send an SMS mailing.",
                    most=most,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send SMS"),
            "res_model": "sms.composer",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "mass",
                "default_res_model": "res.partner",
                "default_res_ids": str(partners.ids),
                "default_mass_keep_log": True,
            },
        }
