import logging
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta

import psycopg2

from odoo import api, fields, models, release
from odoo.tools import SQL

from ...webhooks import address, post, retry, signature
from .crm_exchange_hook import FAILING_DAYS

_logger = logging.getLogger(__name__)

TOGETHER = 16  # messages sent at once by one worker
OF_ONE = 2  # of them to the same client: a slow one must not hold up the others
LEASE_SECONDS = 180  # more than any attempt takes, looking up the name included
BUDGET_SECONDS = 50  # of one run; what is left is for the next
LOGGED = 60  # attempts shown

_CLAIM = """
WITH due AS (
    SELECT d.id,
           row_number() OVER (PARTITION BY d.hook_id ORDER BY d.next_at, d.id) AS n
      FROM crm_exchange_hook_delivery d
      JOIN crm_exchange_hook h ON h.id = d.hook_id
      JOIN crm_exchange_client c ON c.id = h.client_id
     WHERE d.state = 'waiting' AND d.next_at <= %(now)s
       AND (d.lease_until IS NULL OR d.lease_until <= %(now)s)
       AND (h.state = 'on' OR (d.kind = 'test' AND h.state IN ('off', 'broken')))
       AND c.active AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
), mine AS (
    SELECT id FROM crm_exchange_hook_delivery
     WHERE id IN (SELECT id FROM due WHERE n <= %(of_one)s)
     ORDER BY next_at, id LIMIT %(together)s
       FOR UPDATE SKIP LOCKED
)
UPDATE crm_exchange_hook_delivery d
   SET attempt = COALESCE(attempt, 0) + 1, lease_until = %(until)s, sent_at = %(now)s
  FROM mine WHERE d.id = mine.id
RETURNING d.id
"""


@dataclass(frozen=True)
class Letter:
    """All that a thread needs to send a delivery, without a database."""

    delivery: int
    attempt: int
    message: str
    body: bytes
    url: str
    secrets: tuple[str, ...]
    rules: address.Rules


class ExchangeHookSending(models.Model):
    """Sending: claim, commit, send in threads, note each outcome, commit.

    No transaction is open while a partner's server is waited for. Any number of workers
    share the deliveries; one that dies leaves what it had claimed to the others when
    the lease ends.
    """

    _inherit = "crm.exchange.hook"

    @api.model
    def _cron_send(self):
        """Queue news and send what is due, for less than a minute."""
        ends = time.monotonic() + BUDGET_SECONDS
        while time.monotonic() < ends:
            self._transact(lambda hooks: hooks._queue_news())
            letters = self._transact(lambda hooks: hooks._claim())
            if not letters:
                return
            self._send(letters)
        self._wake()

    @api.model
    def _transact(self, work):
        """Do `work` in a transaction of its own, again if another was quicker."""
        for attempt in range(10):
            try:
                with self.env["crm.exchange"]._own_cursor() as cr:
                    return work(self.with_env(self.env(cr=cr)).sudo())
            except psycopg2.errors.SerializationFailure:
                if attempt == 9:
                    raise
                time.sleep(0.01 * 2**attempt)

    @api.model
    def _claim(self):
        """Letters that this worker now holds, each counted as one more attempt."""
        now = fields.Datetime.now()
        self._bury_lost(now)
        self.env.cr.execute(
            _CLAIM,
            {
                "now": now,
                "until": now + timedelta(seconds=LEASE_SECONDS),
                "together": TOGETHER,
                "of_one": OF_ONE,
            },
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        deliveries = self.env["crm.exchange.hook.delivery"].browse(ids)
        deliveries.invalidate_recordset()
        return [self._prepare_letter(delivery) for delivery in deliveries]

    @api.model
    def _prepare_letter(self, delivery):
        hook = delivery.hook_id
        return Letter(
            delivery=delivery.id,
            attempt=delivery.attempt,
            message=delivery.message,
            body=delivery.body.encode(),
            url=hook.url,
            secrets=tuple(hook._get_secrets()),
            rules=hook._get_rules(),
        )

    @api.model
    def _bury_lost(self, now):
        """Give up what took down its worker at each attempt it had."""
        self.env.cr.execute(
            SQL(
                """UPDATE crm_exchange_hook_delivery
                      SET state = 'dead', error = 'lost', lease_until = NULL
                    WHERE state = 'waiting' AND lease_until <= %s AND attempt >= %s""",
                now,
                self._get_attempts(),
            )
        )

    @api.model
    def _send(self, letters):
        """Send all at once; each outcome is noted as soon as it is known."""
        with ThreadPoolExecutor(len(letters), "webhook") as threads:
            sent = {threads.submit(deliver, letter): letter for letter in letters}
            for done in as_completed(sent):
                letter, outcome = sent[done], self._get_outcome(done)
                self._transact(
                    lambda hooks, letter=letter, outcome=outcome: hooks._note(
                        letter, outcome
                    )
                )

    @api.model
    def _get_outcome(self, done):
        try:
            return done.result()
        except Exception:
            _logger.exception("A webhook could not be sent")
            return post.Outcome(error="unexpected")

    # ------------------------------------------------------------------ outcome

    @api.model
    def _note(self, letter, outcome):
        """Write what came of an attempt, on the delivery and on its hook.

        A success counts whoever brought it; a failure only if nobody else has taken
        the delivery since.
        """
        delivery = self.env["crm.exchange.hook.delivery"].browse(letter.delivery)
        if not delivery.exists():
            return
        if outcome.error and delivery.attempt != letter.attempt:
            return
        delivery.write(self._prepare_noted(delivery, outcome))
        hook = delivery.hook_id
        if not outcome.error:
            hook.write({"delivered_at": delivery.delivered_at, "failing_since": False})
            return
        _logger.info("Webhook %s: %s %s", hook.id, outcome.error, outcome.status or "")
        hook._note_failure(outcome)

    @api.model
    def _prepare_noted(self, delivery, outcome):
        now = fields.Datetime.now()
        line = f"{now}  {outcome.status or outcome.error}  {outcome.milliseconds} ms"
        log = [*(delivery.log or "").splitlines(), line][-LOGGED:]
        values = {
            "status": outcome.status,
            "milliseconds": outcome.milliseconds,
            "error": outcome.error or False,
            "detail": outcome.detail or False,
            "lease_until": False,
            "log": "\n".join(log),
        }
        if not outcome.error:
            return {**values, "state": "delivered", "delivered_at": now}
        last = delivery.attempt >= self._get_attempts() or outcome.error == "gone"
        if last or delivery.kind == "test":  # who tests wants to know, not to wait
            return {**values, "state": "dead"}
        wait = retry.pause(delivery.attempt, outcome.retry_after)
        return {**values, "next_at": now + timedelta(seconds=wait)}

    def _note_failure(self, outcome):
        if self.state != "on":
            return
        now = fields.Datetime.now()
        if not self.failing_since:
            self.failing_since = now
        if outcome.error == "gone":
            self._break(self.env._("the receiver says it is gone for good (410)"))
            return
        days = self._get_parameter("hook_failing_days", FAILING_DAYS, most=30)
        if now - self.failing_since >= timedelta(days=days):
            self._break(self.env._("nothing was taken for %(days)s days", days=days))


def deliver(letter):
    """One attempt, with the time and the signatures of now."""
    moment = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Customer-Suite-Webhook/1.0 Odoo/{release.major_version}",
        "webhook-id": letter.message,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature.sign(
            letter.secrets, letter.message, moment, letter.body
        ),
    }
    return post.post(letter.url, headers, letter.body, letter.rules)
