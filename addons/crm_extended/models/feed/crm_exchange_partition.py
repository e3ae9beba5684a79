import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
SIZE = 1_000_000  # changes in a part of the feed
ROTATE_DAYS = 7  # a part holds the changes of so many days at most
KEPT_DAYS = 30  # promised to partners; may be longer, never shorter
KEPT_DAYS_MOST = 90  # for who has not confirmed; then it has to load everything again
PREFIX = "crm_exchange_feed_p"

_HEAD = """
CREATE TABLE IF NOT EXISTS crm_exchange_head (
    k smallint PRIMARY KEY CHECK (k = 1),
    last bigint NOT NULL DEFAULT 0,
    floor bigint NOT NULL DEFAULT 0,
    restores integer NOT NULL DEFAULT 0
);
INSERT INTO crm_exchange_head (k) VALUES (1) ON CONFLICT DO NOTHING;
"""
# Parts by id, which nothing ever changes; numbers follow the ids closely enough for a
# part to hold a stretch of the feed. The last one catches what no other part takes.
# Odoo knows no tables with parts, so the model is a view that shows all of it.
_FEED = """
CREATE TABLE IF NOT EXISTS crm_exchange_feed (
    id bigserial PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    entity varchar NOT NULL,
    res_id integer NOT NULL,
    op varchar NOT NULL,
    changed varchar,
    into_id integer,
    client_id integer,
    seq bigint,
    at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')
) PARTITION BY RANGE (id);
CREATE INDEX IF NOT EXISTS crm_exchange_feed_waiting
    ON crm_exchange_feed (id) WHERE seq IS NULL;
CREATE INDEX IF NOT EXISTS crm_exchange_feed_gone
    ON crm_exchange_feed (entity, res_id) WHERE op IN ('d', 'm');
CREATE INDEX IF NOT EXISTS crm_exchange_feed_directed
    ON crm_exchange_feed (client_id, entity, res_id) WHERE client_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS crm_exchange_feed_rest
    PARTITION OF crm_exchange_feed DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS crm_exchange_feed_rest_seq
    ON crm_exchange_feed_rest (seq) WHERE seq IS NOT NULL;
CREATE OR REPLACE VIEW crm_exchange_change AS
SELECT id, xid, entity, res_id, op, changed, into_id, client_id, seq, at
  FROM crm_exchange_feed;
"""


class ExchangePartition(models.Model):
    """The feed is kept in parts, so that old changes go at once and leave no holes.

    A part goes when all of it is older than promised and confirmed by every client, or
    older than the declared most: a client that is silent for months must not fill the
    disk.
    """

    _inherit = "crm.exchange.change"

    def init(self):
        self.env.cr.execute(_HEAD)
        self._make_feed()

    @api.model
    def _make_feed(self):
        """Make the table; what a feed without parts held is carried over.

        One that is there is left alone: no lock of an upgrade may hold up the
        numbering, which works in transactions of its own.
        """
        cr = self.env.cr
        cr.execute("SELECT to_regclass('crm_exchange_feed')")
        if cr.fetchone()[0]:
            return
        cr.execute(
            "SELECT relkind FROM pg_class "
            "WHERE oid = to_regclass('crm_exchange_change')"
        )
        old = cr.fetchone() == ("r",)
        if old:
            cr.execute(
                "CREATE TEMP TABLE crm_exchange_old ON COMMIT DROP AS "
                "SELECT * FROM crm_exchange_change"
            )
            cr.execute("DROP TABLE crm_exchange_change")
        cr.execute(_FEED)
        if old:
            self._carry_over()
        self._make_parts()

    @api.model
    def _carry_over(self):
        self.env.cr.execute(
            "SELECT setval('crm_exchange_feed_id_seq', "
            "greatest((SELECT max(id) FROM crm_exchange_old), 1))"
        )
        self._make_parts(first=0)
        self.env.cr.execute(
            """INSERT INTO crm_exchange_feed
                      (id, xid, entity, res_id, op, changed, into_id, seq, at)
               SELECT id, xid, entity, res_id, op, changed, into_id, seq, at
                 FROM crm_exchange_old"""
        )
        self.env.cr.execute("DROP TABLE crm_exchange_old")

    # ------------------------------------------------------------------ parts

    @api.model
    def _keep_parts(self):
        """Make the parts that are due, and commit at once.

        A lock kept until the end of a caller's transaction would hold up the numbering,
        and for ever where the caller then waits for that.
        """
        with self.env["crm.exchange"]._own_cursor() as cr:
            self.with_env(self.env(cr=cr))._make_parts()

    @api.model
    def _make_parts(self, first=None):
        """Have a part for the changes that come now, and the one after it.

        Writers of customers never wait for this: where a lock is not free at once, the
        rest catches the changes and the next run tries again.
        """
        cr = self.env.cr
        now = self._get_current()
        there = {number for number, *_rest in self._get_parts()}
        cr.execute("SELECT max(id) FROM crm_exchange_feed_rest")
        last = cr.fetchone()[0]
        taken = -1 if last is None else last // SIZE
        for number in range(now if first is None else first, now + 2):
            if number not in there and number > taken:
                self._make_part(number)

    @api.model
    def _make_part(self, number):
        name = SQL.identifier(f"{PREFIX}{number}")
        seq = SQL.identifier(f"{PREFIX}{number}_seq")
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute("SET LOCAL lock_timeout = '1s'")
                for statement in (
                    SQL(
                        "CREATE TABLE %s (LIKE crm_exchange_feed INCLUDING DEFAULTS)",
                        name,
                    ),
                    SQL(
                        "CREATE UNIQUE INDEX %s ON %s (seq) WHERE seq IS NOT NULL",
                        seq,
                        name,
                    ),
                    SQL(
                        "ALTER TABLE crm_exchange_feed ATTACH PARTITION %s "
                        "FOR VALUES FROM (%s) TO (%s)",
                        name,
                        number * SIZE,
                        (number + 1) * SIZE,
                    ),
                    "SET LOCAL lock_timeout = 0",
                ):
                    self.env.cr.execute(statement)
        except psycopg2.errors.LockNotAvailable:
            _logger.info("The feed is busy: its next part is made later.")

    @api.model
    def _get_parts(self):
        """[(number, table)] of the parts but the rest, oldest first."""
        self.env.cr.execute(
            """SELECT substr(c.relname, length(%(prefix)s) + 1)::bigint, c.relname
                 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'crm_exchange_feed'::regclass
                  AND starts_with(c.relname, %(prefix)s)
                ORDER BY 1""",
            {"prefix": PREFIX},
        )
        return self.env.cr.fetchall()

    @api.model
    def _rotate(self):
        """Let new changes begin the next part, so that the current one can age.

        Ids are skipped; numbers, which partners see, are not.
        """
        self.env.cr.execute(
            """SELECT setval('crm_exchange_feed_id_seq',
                             (last_value / %(size)s + 1) * %(size)s, false)
                 FROM crm_exchange_feed_id_seq""",
            {"size": SIZE},
        )
        self._make_parts()

    # ------------------------------------------------------------------ retention

    @api.model
    def _kept_days(self):
        """Days that changes are kept, by parameter; never less than promised."""
        return self._get_days("crm_extended.exchange_kept_days", KEPT_DAYS)

    @api.model
    def _kept_days_most(self):
        """Days that changes are kept for a client that does not confirm them."""
        parameter = "crm_extended.exchange_kept_days_most"
        return max(self._get_days(parameter, KEPT_DAYS_MOST), self._kept_days())

    @api.model
    def _get_days(self, parameter, least):
        days = self.env["ir.config_parameter"].sudo().get_param(parameter)
        return max(int(days), KEPT_DAYS) if (days or "").isdecimal() else least

    @api.autovacuum
    def _gc_changes(self):
        """Drop the parts that nobody needs; cursors before them are then refused."""
        with self.env["crm.exchange"]._own_cursor() as cr:
            self.with_env(self.env(cr=cr))._drop_parts()

    @api.model
    def _drop_parts(self):
        current = self._get_current()
        for number, table in self._get_parts():
            name = SQL.identifier(table)
            newest, last, waiting = self._look_at(name)
            over = not newest or (not waiting and self._is_over(newest, last))
            if number >= current or not over:
                break
            self._drop_part(name, last or 0)
        newest, last, waiting = self._look_at(SQL("crm_exchange_feed_rest"))
        if newest and not waiting and self._is_over(newest, last):
            self.env.cr.execute("DELETE FROM crm_exchange_feed_rest")
            self._raise_floor(last)
        self._rotate_when_due(current)

    @api.model
    def _look_at(self, name):
        """(time of the newest change, its number, whether any has no number yet)"""
        return self.env.execute_query(
            SQL("SELECT max(at), max(seq), bool_or(seq IS NULL) FROM %s", name)
        )[0]

    @api.model
    def _is_over(self, newest, last):
        now = fields.Datetime.now()
        if newest >= now - timedelta(days=self._kept_days()):
            return False
        if newest < now - timedelta(days=self._kept_days_most()):
            return True
        clients = self.env["crm.exchange.client"].sudo()
        reading = clients.search([("acked_at", "!=", False)])
        return all(client.acked_seq >= last for client in reading)

    @api.model
    def _drop_part(self, name, last):
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute("SET LOCAL lock_timeout = '1s'")
                self.env.cr.execute(SQL("DROP TABLE %s", name))
                self.env.cr.execute("SET LOCAL lock_timeout = 0")
                self._raise_floor(last)
        except psycopg2.errors.LockNotAvailable:
            _logger.info("The feed is busy: its oldest part goes tomorrow.")

    @api.model
    def _raise_floor(self, last):
        self.env.cr.execute(
            "UPDATE crm_exchange_head SET floor = GREATEST(floor, %s)", [last]
        )

    @api.model
    def _get_current(self):
        """Number of the part that changes come into now."""
        self.env.cr.execute("SELECT last_value FROM crm_exchange_feed_id_seq")
        return self.env.cr.fetchone()[0] // SIZE

    @api.model
    def _rotate_when_due(self, current):
        limit = fields.Datetime.now() - timedelta(days=ROTATE_DAYS)
        [(old,)] = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM crm_exchange_feed "
                "WHERE id >= %s AND at < %s)",
                current * SIZE,
                limit,
            )
        )
        if old:
            self._rotate()
