from odoo import models

# what the exchange keeps of a client, without a foreign key to it
KEPT = (
    "crm.exchange.batch",
    "crm.exchange.base",
    "crm.exchange.conflict",
    "crm.exchange.row",
    "crm.exchange.job",
)


class ExchangeClient(models.Model):
    """What a client has pushed goes with it."""

    _inherit = "crm.exchange.client"

    def unlink(self):
        self.check_access("unlink")
        for name in KEPT:
            self.env[name].sudo().search([("client_id", "in", self.ids)]).unlink()
        return super().unlink()
