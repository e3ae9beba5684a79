from odoo import api, models

from odoo.addons.crm_extended.models.sources.crm_source import KINDS


class Source(models.Model):
    _inherit = "crm.source"

    @api.model
    def _get_channel_source(self, channel, company):
        """The company's source for those who came by a channel, made when missing."""
        kind = channel if channel in dict(KINDS) else "manual"
        code = f"channel_{channel}"
        source = self.with_context(active_test=False).search(
            [("code", "=", code), ("company_id", "=", company.id)], limit=1
        )
        return source or self.create(
            {
                "name": self.env._("Contact Centre: %(channel)s", channel=channel),
                "code": code,
                "kind": kind,
                "trust": 30,
                "company_id": company.id,
            }
        )
