from odoo import models


class AccountMove(models.Model):
    """A credit note takes back, or gives back, the points of what is returned."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._follow_returns()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._follow_returns()
        return result

    def _follow_returns(self):
        refunds = self.filtered(lambda move: move.move_type == "out_refund")
        if refunds:
            refunds.invoice_line_ids.sale_line_ids.order_id.sudo()._follow_returns()
