import math
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from odoo import api, models
from odoo.tools import SQL

from ...exchange import call as calls
from ...exchange import wire
from ...exchange.errors import ExchangeError
from ..exchange.crm_exchange import service
from ..exchange.door import current_door

COSTS = {"match": 10}  # calls that a call of the method counts for

# One row per client, one statement: right for any number of processes, because a
# second caller waits for the row and then sees what the first one left.
_TAKE = """
INSERT INTO crm_exchange_meter AS m (client_id, tokens, filled_at, day)
SELECT %(client)s, %(burst)s - %(cost)s, t.now, t.now::date
  FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) t
    ON CONFLICT (client_id) DO UPDATE SET (tokens, granted, filled_at, day, records,
                                           matches) = (
       SELECT CASE WHEN a.tokens >= %(cost)s THEN a.tokens - %(cost)s ELSE a.tokens END,
              a.tokens >= %(cost)s, GREATEST(m.filled_at, t.now), t.now::date,
              CASE WHEN m.day = t.now::date THEN m.records ELSE 0 END,
              CASE WHEN m.day = t.now::date THEN m.matches ELSE 0 END
         FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) t
        CROSS JOIN LATERAL (
              SELECT LEAST(%(burst)s, m.tokens + %(rate)s / 60.0
                     * GREATEST(0, EXTRACT(EPOCH FROM t.now - m.filled_at))) AS tokens
              ) a)
RETURNING granted, tokens, records, matches
"""
_USE = """
INSERT INTO crm_exchange_meter AS m
       (client_id, tokens, filled_at, day, records, matches, lines)
SELECT %(client)s, %(burst)s, t.now, t.now::date, %(records)s, %(matches)s, %(lines)s
  FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) t
    ON CONFLICT (client_id) DO UPDATE
   SET records = EXCLUDED.records
               + CASE WHEN m.day = EXCLUDED.day THEN m.records ELSE 0 END,
       matches = EXCLUDED.matches
               + CASE WHEN m.day = EXCLUDED.day THEN m.matches ELSE 0 END,
       lines = m.lines + EXCLUDED.lines,
       day = EXCLUDED.day
RETURNING lines
"""
_COUNT = """
INSERT INTO crm_exchange_usage AS u
       (client_id, company_id, minute, method, code, calls, records, seconds)
VALUES (%(client)s, %(company)s,
        date_trunc('minute', clock_timestamp() AT TIME ZONE 'UTC'),
        %(method)s, %(code)s, 1, %(records)s, %(seconds)s)
    ON CONFLICT (client_id, minute, method, code) DO UPDATE
   SET calls = u.calls + 1, records = u.records + EXCLUDED.records,
       seconds = u.seconds + EXCLUDED.seconds
"""


class ExchangeAdmission(models.AbstractModel):
    """Calls are counted, slowed down and limited, whatever becomes of them."""

    _inherit = "crm.exchange"

    @service
    def quota(self):
        """What you may still do: calls now, and records and look-ups today.

        :return: ``{rate_per_minute, burst, calls_left, records_per_day?,
            records_today, records_left?, matches_per_day?, matches_today,
            matches_left?, resets_at}``; what is not limited is left out. The day is
            that of UTC. A look-up by likeness (`match`) counts for ten calls.
        """
        own = self._client()
        meter = self._meter(own)
        answer = {
            "records_today": meter["records"],
            "matches_today": meter["matches"],
            "resets_at": wire.moment(_tomorrow()),
        }
        if own.rate:
            answer["rate_per_minute"] = own.rate
            answer["burst"] = own.burst
            answer["calls_left"] = math.floor(max(meter["tokens"], 0))
        for kind, most in (
            ("records", own.daily_rows),
            ("matches", own.daily_matches),
        ):
            if most:
                answer[f"{kind}_per_day"] = most
                answer[f"{kind}_left"] = max(most - meter[kind], 0)
        return answer

    # ------------------------------------------------------------------ admission

    @api.model
    def _admit(self, client, method):
        """Take one call from what the client may make, waiting for nobody.

        A call that Odoo repeats because of a collision is taken once.

        :raises ExchangeError: `rate_limited`, with the seconds to wait
        """
        super()._admit(client, method)
        running = calls.current()
        door = current_door()
        if not client or not client.rate or (door and door.admitted):
            return
        if door:
            door.admitted = True
        cost = min(COSTS.get(method, 1), client.burst)
        with self._counting() as cr:
            values = {
                "client": client.id,
                "cost": cost,
                "burst": client.burst,
                "rate": client.rate,
            }
            cr.execute(_TAKE, values)
            granted, tokens, records, matches = cr.fetchone()
        if running:
            running.meter = {"tokens": tokens, "records": records, "matches": matches}
        if not granted:
            wait = math.ceil((cost - tokens) * 60 / client.rate)
            raise ExchangeError(
                "rate_limited",
                "Too many calls: wait, then send the same call again.",
                expected=f"{client.rate} calls a minute, {client.burst} at once",
                retry_after=max(wait, 1),
            )

    @api.model
    def _check_quota(self, client):
        """:raises ExchangeError: `quota_exceeded`, with the seconds until tomorrow"""
        super()._check_quota(client)
        running = calls.current()
        if not running or running.method == "quota":
            return
        limits = [("records", client.daily_rows)]
        if running.method == "match":
            limits.append(("matches", client.daily_matches))
        if not any(most for _kind, most in limits):
            return
        meter = self._meter(client)
        for kind, most in limits:
            if most and meter[kind] >= most:
                raise ExchangeError(
                    "quota_exceeded",
                    "You have used what you may in a day; quota() tells what is left.",
                    path=kind,
                    expected=f"{most} a day",
                    got=meter[kind],
                    retry_after=math.ceil((_tomorrow() - _now()).total_seconds()),
                )

    @api.model
    def _meter(self, client):
        """``{tokens, records, matches}`` as noted when the call began, or now."""
        running = calls.current()
        if running and running.meter:
            return running.meter
        self.env.cr.execute(
            SQL(
                """SELECT tokens,
                          CASE WHEN day = %(today)s THEN records ELSE 0 END,
                          CASE WHEN day = %(today)s THEN matches ELSE 0 END
                     FROM crm_exchange_meter WHERE client_id = %(client)s""",
                today=_now().date(),
                client=client.id,
            )
        )
        row = self.env.cr.fetchone() or (client.burst, 0, 0)
        return dict(zip(("tokens", "records", "matches"), row, strict=True))

    # ------------------------------------------------------------------ counting

    @contextmanager
    def _counting(self):
        """A transaction of its own in which two that count wait for each other.

        Nothing in it is tracked by the feed, so the weaker isolation does no harm.
        """
        with self._own_cursor() as cr:
            if cr is not self.env.cr:
                cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield cr

    @api.model
    def _count(self, cr, client, call, code, lines):
        """Add a call to the client's minute and to what it used today.

        :param int lines: lines that the audit is going to get
        :return: number of the last of these lines; they are counted under a lock that
            holds until they are committed, so that nobody sees a later one first
        """
        values = {
            "client": client.id,
            "company": client.company_id.id,
            "method": call.method,
            "code": code,
            "burst": client.burst,
            "records": call.rows,
            "matches": int(call.method == "match" and code != "rate_limited"),
            "lines": lines,
            "seconds": time.monotonic() - call.started,
        }
        last = 0
        if values["records"] or values["matches"] or lines:
            cr.execute(_USE, values)
            [last] = cr.fetchone()
        cr.execute(_COUNT, values)
        return last


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _tomorrow() -> datetime:
    return datetime.combine(_now().date() + timedelta(days=1), datetime.min.time())
