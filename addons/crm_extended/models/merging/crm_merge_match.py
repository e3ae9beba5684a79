from odoo import models


class CrmMerge(models.Model):
    """Whoever merges, and by which door: the pairs of the records are decided by it."""

    _inherit = "crm.merge"

    def _unite(self, chosen):  # pylint: disable=missing-return
        super()._unite(chosen)
        self.env["crm.match"].sudo()._follow_merges(self)

    def _take_apart(self, sources):
        partners = self.partner_id | sources.partner_id
        result = super()._take_apart(sources)
        self.env["crm.match"].sudo()._follow_undo(self, partners.ids)
        return result
