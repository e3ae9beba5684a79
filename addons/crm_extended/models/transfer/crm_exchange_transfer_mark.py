from odoo import api, fields, models
from odoo.tools import SQL


class ExchangeTransferMark(models.Model):
    """How far a transfer has come: its place in the feed and its last number.

    Beside the transfer and not in it: a run moves it on in a transaction of its own,
    while the run's record, which refers to the transfer, is being written in another.
    """

    _name = "crm.exchange.transfer.mark"
    _description = "Progress of a File Transfer"
    _log_access = False

    transfer_id = fields.Many2one(
        "crm.exchange.transfer", required=True, ondelete="cascade"
    )
    position = fields.Char()
    at = fields.Datetime()
    number = fields.Integer(required=True, default=0)

    _transfer_uniq = models.Constraint(
        "UNIQUE (transfer_id)", "A transfer has one place in the feed."
    )

    @api.model
    def _read(self, transfers):
        """{id of the transfer: {"position", "at", "number"}}"""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT transfer_id, position, at, number
                     FROM crm_exchange_transfer_mark WHERE transfer_id = ANY(%s)""",
                transfers.ids,
            )
        )
        return {row["transfer_id"]: row for row in rows}

    @api.model
    def _take_number(self, transfer):
        """The next number for a file; a number that was taken is never given again."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_transfer_mark AS m (transfer_id, number)
                   VALUES (%s, 1) ON CONFLICT (transfer_id)
                       DO UPDATE SET number = m.number + 1
                   RETURNING number""",
                transfer.id,
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _move_on(self, transfer, position):
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_transfer_mark
                               (transfer_id, number, position, at)
                   VALUES (%s, 0, %s, %s) ON CONFLICT (transfer_id)
                       DO UPDATE SET position = EXCLUDED.position, at = EXCLUDED.at""",
                transfer.id,
                position,
                fields.Datetime.now(),
            )
        )

    @api.model
    def _forget(self, transfer):
        """The next file holds everything; numbers go on."""
        self.env.cr.execute(
            SQL(
                """UPDATE crm_exchange_transfer_mark SET position = NULL, at = NULL
                    WHERE transfer_id = %s""",
                transfer.id,
            )
        )
