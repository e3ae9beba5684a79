import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import wire

GAP_SECONDS = 10  # at least, between two messages to the same client
SCANNED = 20_000  # changes; behind by more, all kinds of record count as changed

# hooks that lag behind the feed and have no message under way
_NEWS = """
    SELECT h.id FROM crm_exchange_hook h
      JOIN crm_exchange_client c ON c.id = h.client_id
     WHERE h.state = 'on' AND c.active
       AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
       AND (h.told_epoch IS DISTINCT FROM %(epoch)s OR h.told_seq < %(head)s)
       AND (h.told_at IS NULL OR h.told_at <= %(until)s)
       AND NOT EXISTS (SELECT FROM crm_exchange_hook_delivery d
                        WHERE d.hook_id = h.id AND d.kind = 'change'
                          AND d.state = 'waiting')
"""


class ExchangeHook(models.Model):
    """Whether there is news to tell, and the message that tells it.

    However much changes, one message waits per client: it names kinds of record and how
    far the feed is, and the partner pulls all of it at once.
    """

    _inherit = "crm.exchange.hook"

    @api.model
    def _find_news(self, lock=False):
        """Ids of hooks to which there is something to tell."""
        epoch, head, _floor = self.env["crm.exchange.change"]._position()
        now = fields.Datetime.now()
        values = {
            "now": now,
            "epoch": epoch,
            "head": head,
            "until": now - timedelta(seconds=GAP_SECONDS),
        }
        tail = " FOR UPDATE OF h SKIP LOCKED" if lock else " LIMIT 1"
        self.env.cr.execute(_NEWS + tail, values)
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _queue_news(self):
        """A message to each client that has news; another worker's are skipped."""
        epoch, head, _floor = self.env["crm.exchange.change"]._position()
        for hook in self.sudo().browse(self._find_news(lock=True)):
            names = hook._get_changed_entities(epoch, head)
            told = {"told_seq": head, "told_epoch": epoch}
            if names:
                hook._queue("change", names)
                told["told_at"] = fields.Datetime.now()
            hook.write(told)

    def _get_entities(self):
        """Names of the kinds of record that this hook tells of, in declared order."""
        self.ensure_one()
        hook = self.sudo()
        chosen = set(hook.scope_ids.mapped("entity"))
        names = [e.name for e, _s in self.env["crm.exchange"]._scopes(hook.client_id)]
        return [name for name in names if not chosen or name in chosen]

    def _get_changed_entities(self, epoch, head):
        """Of its kinds of record those with a change it was not told of.

        After a restored backup, and when it is far behind, all of them: the partner
        asks once in vain at worst.
        """
        names = self._get_entities()
        if epoch != self.told_epoch or head - self.told_seq > SCANNED:
            return names
        self.env.cr.execute(
            SQL(
                """SELECT DISTINCT entity FROM crm_exchange_change
                    WHERE seq > %s AND seq <= %s AND entity = ANY(%s)""",
                int(self.told_seq),
                head,
                names,
            )
        )
        changed = {row[0] for row in self.env.cr.fetchall()}
        return [name for name in names if name in changed]

    def _queue(self, kind, names=()):
        """:returns: the delivery that waits to be sent"""
        self.ensure_one()
        deliveries = self.env["crm.exchange.hook.delivery"].sudo()
        body = self._prepare_body(kind, names)
        return deliveries.create(deliveries._prepare_values(self, kind, body))

    def _prepare_body(self, kind, names):
        """What is sent: no record, no field, no value, so no personal data."""
        epoch, head, _floor = self.env["crm.exchange.change"]._position()
        content = {
            "type": "exchange.changed" if kind == "change" else "exchange.test",
            "timestamp": wire.moment(fields.Datetime.now()),
            "data": {
                "client": self.sudo().client_id.code,
                "epoch": epoch,
                "head": str(head),
                "entities": list(names),
            },
        }
        return json.dumps(content, separators=(",", ":"))

    # ------------------------------------------------------------------ waking

    @api.model
    def _wake(self):
        """Let the scheduled action run now, once however often it is asked."""
        cron = self.env.ref("crm_extended.ir_cron_send_hooks", raise_if_not_found=False)
        if not cron:
            return
        self.env.cr.execute(
            SQL(
                """SELECT FROM ir_cron_trigger
                    WHERE cron_id = %s
                      AND call_at <= clock_timestamp() AT TIME ZONE 'UTC'""",
                cron.id,
            )
        )
        if not self.env.cr.rowcount:
            cron.sudo()._trigger()

    @api.model
    def _wake_for_news(self):
        """Called when changes were numbered, outside of whatever caused them."""
        with self.env["crm.exchange"]._own_cursor() as cr:
            fresh = self.with_env(self.env(cr=cr))
            if fresh._find_news():
                fresh._wake()


class ExchangeChange(models.Model):
    _inherit = "crm.exchange.change"

    @api.model
    def _number(self):
        """What has got its number is news."""
        result = super()._number()
        self.env["crm.exchange.hook"]._wake_for_news()
        return result
