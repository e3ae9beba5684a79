from psycopg2.extras import execute_values

from odoo import api, models

from ...exchange import call as calls

_INSERT = """
INSERT INTO crm_exchange_audit (client_ref, client, company_id, credential, request_id,
                                method, verb, entity, field_names, count,
                                code) VALUES %s
"""


class ExchangeAudited(models.AbstractModel):
    """Every service says what it read or changed; the journal keeps it."""

    _inherit = "crm.exchange"

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
            self._write_audit(cr, client, call)
            self._count(cr, client, call, "")

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
            self._write_audit(cr, client, running, code)
            self._count(cr, client, running, code)
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
    def _write_audit(self, cr, client, call, code=""):
        """Write what a call noted; a refused call that noted nothing is one line.

        Calls that are refused because there are too many are only counted.
        """
        told = code and code != "rate_limited"
        touches = call.touches or ([calls.Touch(call.method)] if told else [])
        key = self._credential().name or ""
        who = (client.id, client.code, client.company_id.id, key, call.request_id)
        rows = [
            (*who, call.method, t.verb, t.entity, ",".join(t.fields), t.count, code)
            for t in touches
        ]
        if rows:
            execute_values(cr._obj, _INSERT, rows)
