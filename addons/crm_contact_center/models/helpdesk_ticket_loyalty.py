from odoo import api, models


class HelpdeskTicket(models.Model):
    """A case that is solved is a loyalty event of its customer, once."""

    _inherit = "helpdesk.ticket"

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._tell_loyalty()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if "stage_id" in vals:
            self._tell_loyalty()
        return result

    def _tell_loyalty(self):
        """Reopened and closed again it is the same case: its key is its id."""
        self.env["crm.loyalty.event"]._happened(
            "case",
            [
                {
                    "partner_id": ticket.partner_id.id,
                    "key": str(ticket.id),
                    "document": ticket.number,
                    "company_id": ticket.company_id.id,
                }
                for ticket in self.sudo()  # sudo: stages may be hidden from the agent
                if ticket.stage_id.closed and ticket.partner_id
            ],
        )
