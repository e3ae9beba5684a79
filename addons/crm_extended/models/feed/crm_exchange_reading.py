from contextlib import contextmanager

from odoo import api, models, modules

from ...exchange import cursor as cursors


class ExchangeReading(models.AbstractModel):
    """Where the feed is read: on a replica that has come far enough, or else here."""

    _inherit = "crm.exchange"

    @contextmanager
    def _fresh(self, token=""):
        """Self in a transaction that begins now, so it sees what was just numbered.

        Reading needs no writing, so it is a transaction of a replica where there is
        one. A replica that is behind the cursor of the client would say that the
        cursor is of the future: then the primary is asked.
        """
        if modules.module.current_test:
            yield self
            return
        with self.env.registry.cursor(readonly=True) as cr:
            fresh = self.with_env(self.env(cr=cr))
            if not cr.readonly or fresh._has_reached(token):
                yield fresh
                return
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr))

    @api.model
    def _has_reached(self, token):
        """Whether this transaction sees the feed as far as a client's cursor."""
        if not token:
            return True
        place = cursors.read(token, self._secret())
        return self.env["crm.exchange.change"]._position()[1] >= place.position
