from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Agents hear of the queues they serve, supervisors of all they see."""
        channels = super()._build_bus_channel_list(channels)
        user, queues = self.env.user, self.env["crm.queue"]
        if user.has_group("crm_contact_center.group_contact_supervisor"):
            channels.extend(queues.search([("company_id", "in", user.company_ids.ids)]))
        elif user.has_group("crm_contact_center.group_contact_agent"):
            channels.extend(queues.search([("is_member", "=", True)]))
        return channels
