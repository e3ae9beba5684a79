from odoo import api, fields, models


class ExchangeClient(models.Model):
    _inherit = "crm.exchange.client"

    hook_ids = fields.One2many("crm.exchange.hook", "client_id", string="Webhook")
    hook_state = fields.Char(compute="_compute_hook_state", string="Webhook State")

    @api.depends("hook_ids.state")
    def _compute_hook_state(self):
        states = self.env["crm.exchange.hook"]._fields["state"]
        labels = dict(states._description_selection(self.env))
        for client in self:
            client.hook_state = labels.get(client.hook_ids[:1].state, False)

    def action_open_hook(self):
        """Open the client's webhook, or begin one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Webhook of %(name)s", name=self.name),
            "res_model": "crm.exchange.hook",
            "res_id": self.hook_ids[:1].id,
            "views": [(False, "form")],
            "context": {"default_client_id": self.id},
        }
