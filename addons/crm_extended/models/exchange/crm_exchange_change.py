import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import capture, cursor

OPERATIONS = [
    ("i", "Created"),
    ("u", "Changed"),
    ("d", "Deleted"),
    ("l", "Left the Scope"),
    ("m", "Merged"),
]
PART = 5000  # changes numbered by one statement
KEPT_DAYS = 30  # promised to partners; may be longer, never shorter

_NUMBER = """
WITH t AS (
    SELECT id, row_number() OVER (ORDER BY id) AS rn
      FROM (SELECT id FROM crm_exchange_change WHERE seq IS NULL
             ORDER BY id LIMIT %(part)s) u
), b AS (
    UPDATE crm_exchange_head SET last = last + (SELECT count(*) FROM t)
     WHERE k = 1 AND EXISTS (SELECT FROM t)
    RETURNING last - (SELECT count(*) FROM t) AS base
)
UPDATE crm_exchange_change c SET seq = b.base + t.rn
  FROM t, b WHERE c.id = t.id AND c.seq IS NULL
"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS crm_exchange_change (
    id bigserial PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    entity varchar NOT NULL,
    res_id integer NOT NULL,
    op varchar NOT NULL,
    changed varchar,
    into_id integer,
    seq bigint,
    at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')
);
CREATE INDEX IF NOT EXISTS crm_exchange_change_waiting
    ON crm_exchange_change (id) WHERE seq IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS crm_exchange_change_seq
    ON crm_exchange_change (seq) WHERE seq IS NOT NULL;
CREATE INDEX IF NOT EXISTS crm_exchange_change_gone
    ON crm_exchange_change (entity, res_id) WHERE op IN ('d', 'm');
CREATE TABLE IF NOT EXISTS crm_exchange_head (
    k smallint PRIMARY KEY CHECK (k = 1),
    last bigint NOT NULL DEFAULT 0,
    floor bigint NOT NULL DEFAULT 0,
    restores integer NOT NULL DEFAULT 0
);
INSERT INTO crm_exchange_head (k) VALUES (1) ON CONFLICT DO NOTHING;
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

    entity = fields.Char(readonly=True)
    res_id = fields.Integer(string="Record", readonly=True, aggregator=None)
    op = fields.Selection(OPERATIONS, string="Operation", readonly=True)
    changed = fields.Char(readonly=True, help="Columns whose value changed")
    into_id = fields.Integer(
        string="Merged into", readonly=True, aggregator=None, help="Record it went into"
    )
    seq = fields.Integer(
        string="Number",
        readonly=True,
        aggregator=None,
        help="Place in the feed. Empty: just committed, numbered within a minute.",
    )
    at = fields.Datetime(string="Time", readonly=True)

    def init(self):
        self.env.cr.execute(_SCHEMA)
        self._install_triggers()

    # ------------------------------------------------------------------ capture

    @api.model
    def _install_triggers(self):
        """Track the tables of all declared entities; repeating it changes nothing."""
        by_table = {}
        for entity in self.env["crm.exchange"]._entities().values():
            by_table.setdefault(entity.table, []).append(entity)
        for entities in by_table.values():
            for statement in capture.install(entities):
                self.env.cr.execute(statement)

    @api.model
    def _remove_triggers(self):
        """Stop tracking. The feed's own rows go with the table of the model."""
        tables = {e.table for e in self.env["crm.exchange"]._entities().values()}
        for statement in (s for table in sorted(tables) for s in capture.remove(table)):
            self.env.cr.execute(statement)
        self.env.cr.execute(
            "DROP TABLE IF EXISTS crm_exchange_head, crm_exchange_disclosed"
        )

    @api.model
    def _note_merges(self, merges):
        """Tell partners' systems which records were united, and into which.

        :param merges: `crm.merge` records whose sources were just archived
        """
        entities = self.env["crm.exchange"]._entities().values()
        names = [entity.name for entity in entities if entity.model == "res.partner"]
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_change (entity, res_id, op, into_id)
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

    # ------------------------------------------------------------------ retention

    @api.model
    def _kept_days(self):
        """Days that changes are kept, by parameter; never less than promised."""
        parameter = self.env["ir.config_parameter"].sudo()
        days = parameter.get_param("crm_extended.exchange_kept_days")
        return max(int(days), KEPT_DAYS) if (days or "").isdecimal() else KEPT_DAYS

    @api.autovacuum
    def _gc_changes(self):
        """Forget changes older than promised; cursors before them are then refused."""
        limit = fields.Datetime.now() - timedelta(days=self._kept_days())
        self.env.cr.execute(
            """WITH gone AS (
                   DELETE FROM crm_exchange_change WHERE id IN (
                       SELECT id FROM crm_exchange_change
                        WHERE seq IS NOT NULL AND at < %s
                          AND seq < (SELECT coalesce(min(seq), 9223372036854775807)
                                       FROM crm_exchange_change
                                      WHERE seq IS NOT NULL AND at >= %s)
                        ORDER BY seq LIMIT 10000)
                   RETURNING seq)
               UPDATE crm_exchange_head SET floor = GREATEST(floor, gone.last)
                 FROM (SELECT max(seq) AS last, count(*) FROM gone) gone
                WHERE k = 1 AND gone.last IS NOT NULL
               RETURNING gone.count""",
            [limit, limit],
        )
        row = self.env.cr.fetchone()
        done = row[0] if row else 0
        return done, int(done == 10000)

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
