import logging

from psycopg2.extras import execute_values

from odoo import api, models

from ...exchange import call as calls

_logger = logging.getLogger(__name__)

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
        with self._own_cursor() as cr:
            self._write_audit(cr, client, call)

    @api.model
    def _conclude(self, running, answer):
        """The journal is written in a transaction of its own, also after a failure."""
        super()._conclude(running, answer)
        code = "" if answer["ok"] else answer["errors"][0]["code"]
        if not (running.touches or code):
            return
        try:
            client = self._find_client()
            if client:
                with self._own_cursor() as cr:
                    self._write_audit(cr, client, running, code)
        except Exception:
            _logger.exception("%s: no audit could be written", running.request_id)
            raise

    @api.model
    def _write_audit(self, cr, client, call, code=""):
        """Write what a call noted; a refused call that noted nothing is one line."""
        touches = call.touches or ([calls.Touch(call.method)] if code else [])
        who = (client.id, client.code, client.company_id.id, "", call.request_id)
        rows = [
            (*who, call.method, t.verb, t.entity, ",".join(t.fields), t.count, code)
            for t in touches
        ]
        if rows:
            execute_values(cr._obj, _INSERT, rows)
