from odoo import api, models


class ExchangePushHistory(models.AbstractModel):
    """What happened elsewhere is booked for the client's company, by its source."""

    _inherit = "crm.exchange"

    @api.model
    def _push_values_purchase(self, client, rows):
        """The key is kept as an import would keep it, so that neither doubles it."""
        prepared = self._push_values(client, rows)
        for row, vals in zip(rows, prepared, strict=True):
            if not row.res_id:
                vals |= {
                    "company_id": client.company_id.id,
                    "source_id": client.source_id.id,
                    "key": row.own_key or False,
                }
        return prepared

    @api.model
    def _push_values_interaction(self, client, rows):
        prepared = self._push_values(client, rows)
        for row, vals in zip(rows, prepared, strict=True):
            if not row.res_id:
                vals |= {"company_id": client.company_id.id, "user_id": False}
        return prepared

    @api.model
    def _push_values_contact(self, client, rows):
        prepared = self._push_values(client, rows)
        for row, vals in zip(rows, prepared, strict=True):
            if not row.res_id:
                vals |= {"type": "contact", "is_company": False}
        return prepared
