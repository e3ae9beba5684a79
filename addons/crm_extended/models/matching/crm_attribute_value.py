from odoo import api, models


class CrmAttributeValue(models.Model):
    _inherit = "crm.attribute.value"

    @api.model
    def _after_store(self, partner_ids):  # pylint: disable=missing-return
        """A date of birth or a personal number tells people apart: it is compared."""
        super()._after_store(partner_ids)
        self.env["crm.match.key"]._mark(partner_ids)
