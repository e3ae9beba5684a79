from odoo import models
from odoo.exceptions import UserError


class PrivacyLookupWizard(models.TransientModel):
    _inherit = "privacy.lookup.wizard"

    def action_open_request(self):
        """Begin a request of the person who was looked up."""
        self.ensure_one()
        partners = self.env["res.partner"].with_context(active_test=False)
        found = self.line_ids.filtered(lambda line: line.res_model == "res.partner")
        partner = partners.browse(found.mapped("res_id")).exists()
        if not self.line_ids:
            raise UserError(self.env._("Look the person up first."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.privacy.request",
            "view_mode": "form",
            "context": {
                "default_partner_id": partner[:1].id,
                "default_requester_name": self.name,
                "default_requester_email": self.email,
            },
        }
