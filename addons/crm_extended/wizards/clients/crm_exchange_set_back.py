from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class ExchangeSetBack(models.TransientModel):
    """Lets a client get again what it already got, from a place the operator chooses.

    For a partner who restored a backup of their system, or lost what came in one night.
    """

    _name = "crm.exchange.set.back"
    _description = "Set an Exchange Client Back"

    client_id = fields.Many2one(
        "crm.exchange.client", required=True, readonly=True, ondelete="cascade"
    )
    acked_seq = fields.Float(related="client_id.acked_seq")
    to = fields.Selection(
        [
            ("time", "All Changes since a Time"),
            ("number", "All Changes after a Number of the Feed"),
            ("all", "Everything, from the First Load on"),
        ],
        required=True,
        default="time",
    )
    time = fields.Datetime(
        default=lambda self: fields.Datetime.subtract(fields.Datetime.now(), days=1)
    )
    number = fields.Char(
        help="As in the change feed; it gets what comes after this number"
    )
    reason = fields.Char(
        required=True, help="Told to the partner's system with the first answers"
    )

    def action_set_back(self):
        self.ensure_one()
        self.client_id.check_access("write")
        self.client_id._set_back(self._find_position(), self.reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(name)s gets the changes again with its next call, and is told.",
                    name=self.client_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _find_position(self):
        """Number of the change after which to begin; -1 for a new first load.

        :raises UserError: when it lies ahead, or what follows is no longer kept
        """
        if self.to == "all":
            return -1
        _epoch, head, floor = self.env["crm.exchange.change"]._position()
        position = self._find_time(head) if self.to == "time" else self._find_number()
        if not floor <= position <= head:
            raise UserError(
                self.env._(
                    "The feed keeps the numbers %(floor)s to %(head)s. Choose a place "
                    "within, or let the client load everything again.",
                    floor=floor,
                    head=head,
                )
            )
        return position

    def _find_number(self):
        number = (self.number or "").strip()
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise UserError(self.env._("Number: write digits only, as in the feed."))
        return int(number)

    def _find_time(self, head):
        if not self.time:
            raise UserError(self.env._("Time: say since when."))
        self.env.cr.execute(
            SQL(
                """SELECT min(seq) - 1 FROM crm_exchange_change
                    WHERE seq IS NOT NULL AND at >= %s""",
                self.time,
            )
        )
        [position] = self.env.cr.fetchone()
        return head if position is None else position
