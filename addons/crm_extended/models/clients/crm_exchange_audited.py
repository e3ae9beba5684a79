from psycopg2.extras import execute_values

from odoo import api, models
from odoo.tools import SQL

from ...exchange import arguments, envelope, wire
from ...exchange import call as calls
from ...exchange.errors import ExchangeError
from ..exchange.crm_exchange import service

_INSERT = """
INSERT INTO crm_exchange_audit (client_ref, number, client, company_id, credential,
                                request_id, method, verb, entity, field_names, count,
                                code) VALUES %s
"""


class ExchangeAudited(models.AbstractModel):
    """Every service says what it read or changed; the journal keeps it."""

    _inherit = "crm.exchange"

    @service
    def audit(self, cursor="", limit=500):
        """What you read and changed, as our journal has it, oldest first.

        :param str cursor: from the answer before; "" begins with the oldest kept
        :param int limit: 1 to 1000 lines
        :return: ``{lines, cursor, more, kept_days}``; a line is ``{at, request_id,
            method, verb, entity?, fields[], records, key?, code?}``. `code` says why a
            call was refused. The line of a call is there once it has ended.
        """
        limit = arguments.whole(limit, "limit", 1, envelope.MAX_PAGE)
        after = _after(arguments.text(cursor, "cursor"))
        own = self._client()
        self.env.cr.execute(
            SQL(
                """SELECT number, at, request_id, method, verb, entity, field_names,
                          count, credential, code
                     FROM crm_exchange_audit
                    WHERE client_ref = %s AND number > %s ORDER BY number LIMIT %s""",
                own.id,
                after,
                limit + 1,
            )
        )
        rows = self.env.cr.fetchall()
        return {
            "lines": [_line(*row[1:]) for row in rows[:limit]],
            "cursor": str(rows[:limit][-1][0]) if rows else str(after),
            "more": len(rows) > limit,
            "kept_days": self.env["crm.exchange.audit"]._get_days(),
        }

    @api.model
    def _audit(self, client, verb, entity, fields, count):
        """Note that records were read or changed; kept even if the call then fails.

        :param client: `crm.exchange.client` that did it
        :param str verb: `read`, `create`, `update`, `delete`, `merge`, `erase`, or what
            else was done (`match`, `export`)
        :param str entity: kind of record, "" for none
        :param fields: names of the exchanged fields that were read or changed
        :param int count: number of records; nothing is noted for none
        """
        if count <= 0:
            return
        running = calls.current()
        if running:
            running.note(verb, entity, fields, count)
            return
        call = calls.Call("job")
        call.note(verb, entity, fields, count)
        with self._counting() as cr:
            self._note_call(cr, client, call, "")

    @api.model
    def _conclude(self, running, answer):
        """Journal and counters are written in a transaction of their own.

        So they hold failed calls, too. When they cannot be written the call fails:
        nothing is changed or told without a trace.
        """
        super()._conclude(running, answer)
        client = self._find_client()
        if not client:
            return
        code = "" if answer["ok"] else answer["errors"][0]["code"]
        with self._counting() as cr:
            self._note_call(cr, client, running, code)
            self._note_use(cr)

    @api.model
    def _note_use(self, cr):
        """When the key was last used, once a minute at most and waiting for nobody."""
        if key := self._credential():
            cr.execute(
                """UPDATE crm_exchange_credential
                      SET last_used = clock_timestamp() AT TIME ZONE 'UTC'
                    WHERE id IN (
                          SELECT id FROM crm_exchange_credential WHERE id = %s
                             AND (last_used IS NULL OR last_used < clock_timestamp()
                                  AT TIME ZONE 'UTC' - interval '1 minute')
                             FOR UPDATE SKIP LOCKED)""",
                [key.id],
            )

    @api.model
    def _note_call(self, cr, client, call, code):
        """Write what a call did; a refused call that did nothing is one line.

        Calls that are refused because there are too many are only counted.
        """
        told = code and code != "rate_limited"
        touches = call.touches or ([calls.Touch(call.method)] if told else [])
        last = self._count(cr, client, call, code, len(touches))
        key = self._credential().name or ""
        company = client.company_id.id
        rows = [
            (client.id, number, client.code, company, key, call.request_id, call.method)
            + (t.verb, t.entity, ",".join(t.fields), t.count, code)
            for number, t in enumerate(touches, start=last - len(touches) + 1)
        ]
        if rows:
            execute_values(cr._obj, _INSERT, rows)


def _after(cursor):
    """The number in a cursor of the audit: no secret, it only counts one's own lines.

    :raises ExchangeError: `cursor_invalid`
    """
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise ExchangeError(
            "cursor_invalid",
            "The cursor is not one that this method gave out: send the last one.",
            path="cursor",
            got=cursor,
        )
    return int(cursor or 0)


def _line(at, request_id, method, verb, entity, names, count, key, code):
    line = {
        "at": wire.moment(at.replace(microsecond=0)),
        "request_id": request_id,
        "method": method,
        "verb": verb,
        "fields": names.split(",") if names else [],
        "records": count,
    }
    optional = {"entity": entity, "key": key, "code": code}
    return line | {name: value for name, value in optional.items() if value}
