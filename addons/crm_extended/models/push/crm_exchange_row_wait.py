from odoo import api, fields, models
from odoo.tools import SQL


class ExchangeRowWait(models.Model):
    """One record that a deferred row waits for, by its key at the partner's system."""

    _name = "crm.exchange.row.wait"
    _description = "Record Waited For"
    _log_access = False
    _rec_name = "key"

    row_id = fields.Many2one(
        "crm.exchange.row", required=True, readonly=True, ondelete="cascade", index=True
    )
    entity = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)

    _key_idx = models.Index("(entity, key)")

    @api.model
    def _get_waiting_kinds(self):
        """(client, entity) of which something is waited for."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT r.client_id, w.entity FROM crm_exchange_row_wait w
                     JOIN crm_exchange_row r ON r.id = w.row_id"""
            )
        )
        known = self.env["crm.exchange"]._entities()
        clients = self.env["crm.exchange.client"].sudo()
        return [(clients.browse(c), entity) for c, entity in rows if entity in known]

    @api.model
    def _get_keys(self, client, entity):
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT w.key FROM crm_exchange_row_wait w
                     JOIN crm_exchange_row r ON r.id = w.row_id
                    WHERE r.client_id = %s AND w.entity = %s LIMIT 50000""",
                client.id,
                entity,
            )
        )
        return [key for (key,) in rows]
