from odoo import api, models

from ...exchange import arguments, envelope
from ...exchange import cursor as cursors
from ...exchange.errors import ExchangeError
from ..exchange.crm_exchange import service


class ExchangeSnapshot(models.AbstractModel):
    """The first load by names of its own; it is a pull without a cursor."""

    _inherit = "crm.exchange"

    @api.readonly
    @service
    def snapshot_open(self, entities=()):
        """Begin a first load; what changes from now on follows as changes.

        :param list entities: names; all in your scope when left out
        :return: ``{cursor, entities, head}``: the cursor for the first page
        """
        own = self._client()
        place = self._start(own, "", arguments.texts(entities, "entities"))
        return {
            "cursor": place.token(self._secret()),
            "entities": list(place.entities),
            "head": str(place.position),
        }

    @api.readonly
    @service
    def snapshot_page(self, cursor, limit=envelope.MAX_PAGE, packed=False):
        """The next page of a first load, as `pull` gives it.

        :param str cursor: of `snapshot_open` or of the page before
        :return: as `pull`; when `phase` is ``changes`` the load is complete and the
            cursor is the one to pull with
        """
        place = cursors.read(arguments.text(cursor, "cursor"), self._secret())
        if place.phase != cursors.SNAPSHOT:
            raise ExchangeError(
                "invalid_argument",
                "The first load is complete: pull with this cursor.",
                path="cursor",
                expected="a cursor of the snapshot",
            )
        limit = arguments.whole(limit, "limit", 1, envelope.MAX_PAGE)
        packed = arguments.flag(packed, "packed")
        return self._get_page(cursor, (), limit, packed)
