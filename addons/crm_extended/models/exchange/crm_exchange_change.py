import time

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import cursor
from ...exchange.errors import ExchangeError

OPERATIONS = [
    ("i", "Created"),
    ("u", "Changed"),
    ("d", "Deleted"),
    ("l", "Left the Scope"),
    ("m", "Merged"),
]
PART = 5000  # changes numbered by one statement

_NUMBER = """
WITH t AS (
    SELECT id, row_number() OVER (ORDER BY id) AS rn
      FROM (SELECT id FROM crm_exchange_feed WHERE seq IS NULL
             ORDER BY id LIMIT %(part)s) u
), b AS (
    UPDATE crm_exchange_head SET last = last + (SELECT count(*) FROM t)
     WHERE k = 1 AND EXISTS (SELECT FROM t)
    RETURNING last - (SELECT count(*) FROM t) AS base
)
UPDATE crm_exchange_feed c SET seq = b.base + t.rn
  FROM t, b WHERE c.id = t.id AND c.seq IS NULL
"""


class ExchangeChange(models.Model):
    """One change of a record that partners exchange, numbered after it was committed.

    Database triggers write the rows; nobody else does. A row's number `seq` is given by
    `_number` once its transaction is committed, so whoever has read up to a number has
    missed nothing before it. Numbers by id or time would skip changes of transactions
    that end later than they began.
    """

    _name = "crm.exchange.change"
    _description = "Change in the Exchange Feed"
    _order = "id desc"
    _rec_name = "entity"
    _auto = False  # ids of 64 bits and a default of the database's own
    _log_access = False

    entity = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_entities(),
        readonly=True,
    )
    res_id = fields.Integer(string="Record", readonly=True, aggregator=None)
    op = fields.Selection(OPERATIONS, string="Operation", readonly=True)
    changed = fields.Char(readonly=True, help="Columns whose value changed")
    into_id = fields.Integer(
        string="Merged into", readonly=True, aggregator=None, help="Record it went into"
    )
    client_id = fields.Many2one(
        "crm.exchange.client",
        string="Only For",
        readonly=True,
        help="The client that the change is for, where others are not told of it",
    )
    seq = fields.Integer(
        string="Number",
        readonly=True,
        aggregator=None,
        help="Place in the feed. Empty: just committed, numbered within a minute.",
    )
    at = fields.Datetime(string="Time", readonly=True)

    @api.model
    def _note_merges(self, merges):
        """Tell partners' systems which records were united, and into which.

        :param merges: `crm.merge` records whose sources were just archived
        """
        entities = self.env["crm.exchange"]._entities().values()
        names = [entity.name for entity in entities if entity.model == "res.partner"]
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_feed (entity, res_id, op, into_id)
                   SELECT e, s.partner_id, 'm', g.partner_id
                     FROM crm_merge g JOIN crm_merge_source s ON s.merge_id = g.id
                     CROSS JOIN unnest(%s) e
                    WHERE g.id = ANY(%s) AND s.state = 'merged'
                      AND s.partner_id IS NOT NULL AND g.partner_id IS NOT NULL""",
                names,
                list(merges.ids),
            )
        )

    # ------------------------------------------------------------------ numbering

    @api.model
    def _cron_number(self):
        self._keep_parts()
        self._number()

    @api.model
    def _number(self):
        """Number the committed changes, in transactions of its own.

        Two that number at once collide as a serialisation failure: the later tries
        again and finds the work done.
        """
        for attempt in range(10):
            try:
                with self.env["crm.exchange"]._own_cursor() as cr:
                    cr.execute(_NUMBER, {"part": PART})
                    numbered = cr.rowcount
            except psycopg2.errors.SerializationFailure:
                time.sleep(0.005 * 2**attempt)
                continue
            if numbered < PART:
                return

    @api.model
    def _since(self, names, seq, limit=1000):
        """Changes for readers in the house, such as segments and the warehouse.

        Each keeps its own place. Read up to it, do the work, and store the new place in
        the same transaction. No right is checked: what is told is which records
        changed, not what is in them.

        :param names: of entities
        :param int seq: place up to which all was read before, 0 for none
        :return: ([(seq, entity, id, op, columns changed, id it was merged into)], place
            to go on from). `op` is i, u, d, l (is another entity now) or m (merged).
        :raises ExchangeError: `cursor_expired` when changes since are no longer kept:
            read everything anew, beginning at the place of `_position`
        """
        self._number()
        _epoch, last, floor = self._position()
        if seq < floor:
            raise ExchangeError("cursor_expired", "Changes since are no longer kept.")
        self.env.cr.execute(
            """SELECT seq, entity, res_id, op, coalesce(changed, ''), into_id
                 FROM crm_exchange_feed
                WHERE seq > %s AND seq <= %s AND entity = ANY(%s)
                  AND client_id IS NULL
                ORDER BY seq LIMIT %s""",
            [seq, last, list(names), limit],
        )
        rows = self.env.cr.fetchall()
        return rows, rows[-1][0] if len(rows) == limit else max(last, seq)

    @api.model
    def _position(self):
        """Where the feed stands, as this transaction sees it.

        The epoch names one life of the database: it changes when a backup is restored,
        the database is copied, or a standby takes over, because numbers may then be
        given a second time.

        :returns: (epoch, number of the newest change, number below which none is kept)
        """
        self.env.cr.execute(
            """SELECT h.last, h.floor, h.restores, d.oid, s.system_identifier,
                      c.timeline_id, p.value
                 FROM crm_exchange_head h, pg_database d, pg_control_system() s,
                      pg_control_checkpoint() c, ir_config_parameter p
                WHERE h.k = 1 AND d.datname = current_database()
                  AND p.key = 'database.uuid'"""
        )
        last, floor, *life = self.env.cr.fetchone()
        return cursor.fingerprint(*life), last, floor

    @api.model
    def _start_new_epoch(self):
        """Make every partner load everything again; for use after a manual repair."""
        self.env.cr.execute("UPDATE crm_exchange_head SET restores = restores + 1")

    def action_open_record(self):
        self.ensure_one()
        entity = self.env["crm.exchange"]._entities().get(self.entity)
        if not entity:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": entity.model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
