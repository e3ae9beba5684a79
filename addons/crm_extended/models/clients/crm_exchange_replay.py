from odoo import api, fields, models

from ...exchange import cursor as cursors
from ...exchange import wire


class ExchangeClient(models.Model):
    """Where the operator set the client's place back to, and why."""

    _inherit = "crm.exchange.client"

    replays = fields.Integer(
        readonly=True, copy=False, help="How often its place was set back"
    )
    replay_from = fields.Float(
        digits=(20, 0),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Number after which it gets all changes again; -1: everything, from the "
        "first load on",
    )
    replay_until = fields.Float(
        digits=(20, 0), readonly=True, copy=False, aggregator=None
    )
    replay_at = fields.Datetime(string="Set Back", readonly=True, copy=False)
    replay_by_id = fields.Many2one(
        "res.users", string="Set Back by", readonly=True, copy=False
    )
    replay_reason = fields.Char(string="Reason", readonly=True, copy=False)

    def _set_back(self, position, reason):
        """Let the client get all changes after `position` once more.

        Its next call with any cursor given out before continues from there and tells
        it so; nothing needs to be done on its side.

        :param int position: number of a change; -1 for a new first load
        """
        self.ensure_one()
        _epoch, head, _floor = self.env["crm.exchange.change"]._position()
        self.write(
            {
                "replays": self.replays + 1,
                "replay_from": position,
                "replay_until": head,
                "replay_at": fields.Datetime.now(),
                "replay_by_id": self.env.uid,
                "replay_reason": reason,
                "acked_seq": min(self.acked_seq, max(position, 0)),
            }
        )


class ExchangeReplay(models.AbstractModel):
    """A cursor from before the operator set the client back continues further back.

    The cursor carries how many times the client was set back when it was given, so the
    same cursor gives the same again, and one from after it is left alone.
    """

    _inherit = "crm.exchange"

    @api.model
    def _place(self, client, token, head=0):
        place = super()._place(client, token, head)
        if place.replay >= client.replays:
            return place
        _epoch, last, floor = self.env["crm.exchange.change"]._position()
        place = place.moved(replay=client.replays)
        if client.replay_from < floor:  # from the first record on
            return place.moved(phase=cursors.SNAPSHOT, position=last, entity=0, after=0)
        return place.moved(position=min(place.position, int(client.replay_from)))

    @api.model
    def _start(self, client, token, names):
        """A first load is none that anybody set back."""
        place = super()._start(client, token, names)
        return place if token else place.moved(replay=client.replays)

    @api.model
    def _page(self, items, place, *rest):
        """Tell a client that was set back so, until it is where it was before."""
        page = super()._page(items, place, *rest)
        client = self._client()
        back = place.replay and place.replay == client.replays
        loading = place.phase == cursors.SNAPSHOT
        if back and (loading or place.position <= client.replay_until):
            page["replay"] = {
                "from": str(int(client.replay_from)),
                "until": str(int(client.replay_until)),
                "at": wire.moment(client.replay_at),
                "reason": client.replay_reason or "",
            }
        return page
