from odoo import api, models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """What is unique per customer is united first.

        Odoo moves references in bulk and, where a unique key stands in the way, breaks
        or deletes all rows of the merged customer.
        """
        for name in ("crm.score.value", "crm.segment.member", "crm.interaction"):
            self.env[name]._merge_partners(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _log_merge_operation(self, src_partners, dst_partner):
        """Clients are told which record goes on, not only that some were deleted."""
        changes = self.env["crm.exchange.change"].sudo()
        changes._note_merge("res.partner", src_partners, dst_partner)
        return super()._log_merge_operation(src_partners, dst_partner)
