from odoo import models


class CrmPolicyRun(models.Model):
    _inherit = "crm.policy.run"

    def _execute(self):
        outcome = super()._execute()
        if self.kind != "preview":
            self.env["crm.work.item"]._renew_promises()
        return outcome
