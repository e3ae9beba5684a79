from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _log_merge_operation(self, src_partners, dst_partner):
        """Clients are told which record goes on, not only that some were deleted."""
        changes = self.env["crm.exchange.change"].sudo()
        changes._note_merge("res.partner", src_partners, dst_partner)
        return super()._log_merge_operation(src_partners, dst_partner)
