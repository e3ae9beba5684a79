import time
from contextlib import contextmanager

from odoo import api, models, modules
from odoo.tools import SQL, config

from ...exchange import cursor as cursors
from ...exchange.errors import ExchangeError

MOST = 20  # seconds; a waiting call occupies a worker
EVERY = 0.25  # seconds between two looks
_LOCK = "crm_exchange_wait"

_NEWS = """
    SELECT NOT EXISTS (SELECT FROM crm_exchange_client
                        WHERE id = %(client)s AND active)
        OR EXISTS (SELECT FROM crm_exchange_feed
                    WHERE seq IS NULL AND entity = ANY(%(names)s)
                      AND (client_id IS NULL OR client_id = %(client)s))
        OR EXISTS (SELECT FROM crm_exchange_feed
                    WHERE seq > %(position)s AND entity = ANY(%(names)s)
                      AND (client_id IS NULL OR client_id = %(client)s))
"""


class ExchangeWait(models.AbstractModel):
    """A pull that waits for news instead of asking every second.

    Half of the workers may be occupied by waiting calls at most; where none is free
    the answer is given at once. While it waits a call holds no transaction, so nothing
    is kept from being cleaned up.
    """

    _inherit = "crm.exchange"

    @api.model
    def _serve(self, method, args, kwargs):
        if method.__name__ == "pull" and not args:
            self._wait(kwargs.get("cursor"), kwargs.get("wait_s"))
        return super()._serve(method, args, kwargs)

    @api.model
    def _wait(self, token, seconds):
        """Return when there is news for this cursor or the time is over.

        What is wrong with the arguments is said by the call itself, afterwards.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
            return
        try:
            place = cursors.read(token, self._secret()) if token else None
        except ExchangeError:
            return
        client = self._find_client()
        if not place or place.phase != cursors.CHANGES or place.client != client.id:
            return
        asked = SQL(
            _NEWS,
            client=client.id,
            names=self._names_to_read(place),
            position=place.position,
        )
        end = time.monotonic() + min(seconds, MOST)
        with self._slot() as cr:
            while cr and time.monotonic() < end:
                cr.execute(asked)
                if cr.fetchone()[0]:
                    return
                self._rest(cr)

    @api.model
    def _rest(self, cr):
        if not modules.module.current_test:
            cr.rollback()  # nothing was written; ends the snapshot
        time.sleep(EVERY)

    @contextmanager
    def _slot(self):
        """A connection to look with, None if too many calls are waiting already."""
        if modules.module.current_test:
            yield self.env.cr
            return
        self._end_reading()
        slots = max(config["workers"] // 2, 1) if config["workers"] else 4
        with self.env.registry.cursor() as cr:
            for slot in range(slots):
                cr.execute(
                    "SELECT pg_try_advisory_lock(hashtext(%s), %s)", [_LOCK, slot]
                )
                if cr.fetchone()[0]:
                    break
            else:
                yield None
                return
            try:
                cr.rollback()
                yield cr
            finally:
                cr.rollback()
                cr.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", [_LOCK, slot])

    @api.model
    def _end_reading(self):
        """End the call's own transaction, which has only read who is calling."""
        self.env.cr.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        if self.env.cr.fetchone()[0]:
            self.env.cr.rollback()
