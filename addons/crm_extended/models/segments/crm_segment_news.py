from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange.errors import ExchangeError

PART = 10000  # changes read at once from the feed
ALL = "*"  # token of customers about whom everything may have changed
MANY = 100_000  # rows changed by one statement, from which on all count as changed
PREFIX = "crm_segment_hear_"

# Entities of the feed: which customers a changed row belongs to, by its id. A row that
# is gone, or has changed its owner, does not say whose it was.
SOURCES = {
    "customer": ("res_partner", "id"),
    "contact": ("res_partner", "id"),
    "address": ("res_partner", "id"),
    "attribute": ("crm_attribute_value", "partner_id"),
    "purchase": ("crm_purchase", "partner_id"),
    "order": ("sale_order", "partner_id"),
    "invoice": ("account_move", "partner_id"),
    "interaction": ("crm_interaction", "partner_id"),
}
CUSTOMERS = ("customer", "contact", "address")
# Tables that the feed leaves out, because they are written by the million each night
# or by hand alone: (table, columns that matter, SQL token of a row `r`).
HEARD = (
    ("crm_score_value", ("value", "company_id", "date"), "'score:' || r.score_id"),
    ("crm_lifecycle", ("phase", "valid_to", "company_id"), "'phase'"),
    ("crm_segment_pick", ("segment_id", "note"), "'pick:' || r.segment_id"),
    ("crm_loyalty_tier_member", ("level_id", "valid_to", "company_id"), "'tier'"),
)
HEAR = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $hear$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (SELECT count(*) FROM new_rows) > {many} THEN
            INSERT INTO crm_segment_news (token)
            SELECT DISTINCT {token} FROM new_rows r;
        ELSE
            INSERT INTO crm_segment_news (token, partner_id)
            SELECT DISTINCT {token}, r.partner_id
              FROM new_rows n JOIN old_rows o ON o.id = n.id
             CROSS JOIN LATERAL (VALUES ({old}), ({new})) r ({columns})
             WHERE ({old}) IS DISTINCT FROM ({new});
        END IF;
    ELSE
        IF (SELECT count(*) FROM rows_) > {many} THEN
            INSERT INTO crm_segment_news (token)
            SELECT DISTINCT {token} FROM rows_ r;
        ELSE
            INSERT INTO crm_segment_news (token, partner_id)
            SELECT DISTINCT {token}, r.partner_id FROM rows_ r;
        END IF;
    END IF;
    RETURN NULL;
END
$hear$
"""
TRIGGERS = {
    "insert": "REFERENCING NEW TABLE AS rows_",
    "delete": "REFERENCING OLD TABLE AS rows_",
    "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
}


class News(NamedTuple):
    """What changed since: tokens as definitions read them.

    `blind` are tokens of which nobody can say for which customers they changed. The
    customers themselves are in `crm_segment_candidate`.
    """

    tokens: set
    blind: set


class CrmSegmentPlace(models.Model):
    """How far the change feed was read for segments: one row."""

    _name = "crm.segment.place"
    _description = "Place of Segments in the Change Feed"
    _log_access = False

    seq = fields.Float(digits=(20, 0), aggregator=None)
    epoch = fields.Char()


class CrmSegmentNews(models.Model):
    """A customer about whom something changed that segments look at.

    Triggers write the rows in the transaction of the change, and each refresh takes
    those that it sees: what is committed later is taken by the next one.
    """

    _name = "crm.segment.news"
    _description = "News for Segments"
    _log_access = False

    token = fields.Char(required=True, help="What changed, as score:12")
    # No foreign key: it would be checked for each of a million new values.
    partner_id = fields.Integer(
        string="Customer", aggregator=None, help="Empty: anybody may be concerned"
    )

    # ------------------------------------------------------------------ triggers

    def _register_hook(self):
        super()._register_hook()
        self._sync_triggers()

    @api.model
    def _sync_triggers(self):
        """Make the triggers that are not there; no lock is taken when all are."""
        self.env.cr.execute(
            "SELECT tgname || ' ' || tgrelid::regclass FROM pg_trigger "
            "WHERE starts_with(tgname, %s)",
            [PREFIX],
        )
        there = {name for (name,) in self.env.cr.fetchall()}
        for table, columns, token in HEARD:
            if {f"{PREFIX}{event} {table}" for event in TRIGGERS} <= there:
                continue
            for statement in self._prepare_triggers(table, columns, token):
                # pylint: disable-next=sql-injection; made of our own constants
                self.env.cr.execute(statement)

    @api.model
    def _prepare_triggers(self, table, columns, token):
        names = sorted({"id", "partner_id", *columns, *self._get_token_columns(token)})
        old, new = (", ".join(f"{row}.{name}" for name in names) for row in "on")
        function = PREFIX + table
        yield HEAR.format(
            function=function,
            many=MANY,
            token=token,
            old=old,
            new=new,
            columns=", ".join(names),
        )
        for event, rows in TRIGGERS.items():
            yield (
                f"CREATE OR REPLACE TRIGGER {PREFIX}{event} AFTER {event} ON {table} "
                f"{rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )

    @api.model
    def _get_token_columns(self, token):
        return {part.split()[0] for part in token.split("r.")[1:]}

    @api.model
    def _remove_triggers(self):
        """For the uninstall hook."""
        for table, _columns, _token in HEARD:
            self.env.cr.execute(
                SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL(PREFIX + table))
            )

    # ------------------------------------------------------------------ reading

    @api.model
    def _skip(self):
        """Everybody is looked at: what happened until now is no news any more."""
        epoch, last, _floor = self.env["crm.exchange.change"]._position()
        self.env.cr.execute("DELETE FROM crm_segment_news")
        self._write_place(epoch, last)

    @api.model
    def _write_place(self, epoch, seq):
        place = self.env["crm.segment.place"].sudo().search([], limit=1)
        if place:
            place.write({"epoch": epoch, "seq": seq})
        else:
            place.create({"epoch": epoch, "seq": seq})

    @api.model
    def _take(self):
        """Take the news; fills `crm_segment_candidate`.

        :return: `News`, or None where only looking at everybody helps
        """
        changes = self.env["crm.exchange.change"]
        place = self.env["crm.segment.place"].sudo().search([], limit=1)
        epoch, _last, _floor = changes._position()
        if not place or place.epoch != epoch:
            return None
        rows, seq = [], int(place.seq)
        try:
            while True:
                part, seq = changes._since(self._get_sources(), seq, PART)
                rows += part
                if len(part) < PART:
                    break
        except ExchangeError:  # what changed since is not kept any more
            return None
        self._write_place(epoch, seq)
        self.env.cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_candidate")
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE crm_segment_candidate "
            "(partner_id int PRIMARY KEY) ON COMMIT DROP"
        )
        news = self._take_heard()
        self._read_feed(rows, news)
        self._analyze()
        return news

    @api.model
    def _get_sources(self):
        """{entity of the feed: (table, column that leads to the customer)}; override
        to hear of more, and name the entity in `plan.reads`."""
        return SOURCES

    @api.model
    def _take_heard(self):
        self.env.cr.execute(
            """WITH taken AS (DELETE FROM crm_segment_news RETURNING token, partner_id),
                    kept AS (INSERT INTO crm_segment_candidate
                             SELECT DISTINCT t.partner_id FROM taken t
                               JOIN res_partner p ON p.id = t.partner_id)
               SELECT token, bool_or(partner_id IS NULL) FROM taken GROUP BY token"""
        )
        rows = self.env.cr.fetchall()
        return News({t for t, _all in rows}, {t for t, everybody in rows if everybody})

    @api.model
    def _read_feed(self, rows, news):
        """Which customers the changes of the feed concern, and what changed of them."""
        sources = self._get_sources()
        ids = defaultdict(set)
        for _seq, entity, id_, op, changed, into in rows:
            link = sources[entity][1]
            if entity in CUSTOMERS:
                ids[entity] |= {id_, into} - {None}
                columns = {f"customer.{c}" for c in changed.split(",") if c}
                news.tokens.update(columns or {ALL})
                # whose contact or company it was, nobody tells
                news.blind.update(columns & {"customer.commercial_partner_id"})
                continue
            news.tokens.add(entity)
            if op == "d" or link in changed.split(","):
                news.blind.add(entity)
            ids[entity].add(id_)
        for entity, found in ids.items():
            table, link = sources[entity]
            self._add_candidates(
                SQL(
                    "SELECT %s FROM %s WHERE id = ANY(%s)",
                    SQL.identifier(link),
                    SQL.identifier(table),
                    list(found),
                )
            )

    @api.model
    def _add_candidates(self, query):
        """Customers of the query, and the companies whose contacts they are."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_segment_candidate
                   SELECT id FROM res_partner p WHERE p.id IN (%s)
                    UNION
                   SELECT c.id FROM res_partner p
                     JOIN res_partner c ON c.id = p.commercial_partner_id
                    WHERE p.id IN (%s)
                       ON CONFLICT DO NOTHING""",
                query,
                query,
            )
        )

    @api.model
    def _analyze(self):
        self.env.cr.execute("ANALYZE pg_temp.crm_segment_candidate")

    # ------------------------------------------------------------------ members

    @api.model
    def _note_members(self, segments):
        """Tell segments that look at these ones' members, for their next refresh."""
        conditions = self.env["crm.segment.condition"].sudo()
        readers = conditions.search(
            [("subject", "=", "segment"), ("other_id", "in", segments.ids)]
        )
        if readers:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO crm_segment_news (token, partner_id)
                       SELECT DISTINCT 'segment:' || was_id, partner_id
                         FROM crm_segment_change WHERE was_id IN %s""",
                    tuple(readers.other_id.ids),
                )
            )
