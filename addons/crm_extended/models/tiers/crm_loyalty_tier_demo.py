from datetime import timedelta

from odoo import api, fields, models

STEPS = 12  # evaluations, a month between two


class LoyaltyTier(models.Model):
    """Harmonia's ladder as if it had run for a year; for demo data alone."""

    _inherit = "crm.loyalty.tier"

    @api.model
    def _load_demo(self, xmlid):
        tier = self.env.ref(xmlid)
        today = fields.Date.context_today(self)
        for step in reversed(range(STEPS)):
            tier._evaluate(today - timedelta(days=30 * step))
        tier.state = "running"


class LoyaltyBadge(models.Model):
    _inherit = "crm.loyalty.badge"

    @api.model
    def _load_demo(self, ids):
        badges = self.browse(ids)
        badges.action_start()
        for badge in badges:
            badge._award()
