from odoo import api, models

from .loyalty_program_budget import LIMITS


class LoyaltyPointValue(models.Model):
    """Limits in money follow what a point is worth."""

    _inherit = "crm.loyalty.point.value"

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        values._tell_budgets()
        return values

    def write(self, vals):
        result = super().write(vals)
        self._tell_budgets()
        return result

    def _tell_budgets(self):
        # sudo: the accountant who states a value sees no budgets
        programs = self.sudo().program_id
        programs.filtered(lambda p: any(p[n] for n in LIMITS))._keep_budget()
