from contextlib import contextmanager

from odoo import api, models, modules

from ...exchange import cursor as cursors


class ExchangeReading(models.AbstractModel):
    """Where the feed is read: on a replica that has come far enough, or else here."""

    _inherit = "crm.exchange"

    @contextmanager
    def _fresh(self, token="", head=0):
        """Self in a transaction that begins now, so it sees what was just numbered.

        Reading needs no writing, so it is a transaction of a replica where there is
        one. A replica that is behind the cursor of the client would say that the
        cursor is of the future: then the primary is asked.

        :param str token: a cursor of the client, up to which the feed must be seen
        :param int head: number of a change up to which it must be seen
        """
        if modules.module.current_test:
            yield self
            return
        with self.env.registry.cursor(readonly=True) as cr:
            fresh = self.with_env(self.env(cr=cr))
            if not cr.readonly or fresh._has_reached(token, head):
                yield fresh
                return
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr))

    @api.model
    def _has_reached(self, token, head=0):
        """Whether this transaction sees the feed so far."""
        if token:
            head = max(head, cursors.read(token, self._secret()).position)
        return not head or self.env["crm.exchange.change"]._position()[1] >= head

    @api.model
    def _newest(self):
        """Number of the newest change that is committed, whatever a replica knows."""
        self.env["crm.exchange.change"]._number()
        with self._own_cursor() as cr:
            cr.execute("SELECT last FROM crm_exchange_head WHERE k = 1")
            return cr.fetchone()[0]
