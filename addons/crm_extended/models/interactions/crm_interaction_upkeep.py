import psycopg2

from odoo import api, models
from odoo.tools import SQL, mute_logger

from ...interactions import capture, projection
from ...interactions.adapter import Watch

PART = 5000  # changed documents worked off by one round of the job
GLANCE = 500  # ... and by a person who opens a picture, before it is read
SPAN = 20000  # ids of documents looked through by one statement of a backfill
# New mail is noted as it comes; moved, edited and hidden mail is followed.
MAIL = Watch(
    "mail_message",
    ("model", "res_id", "subject", "is_internal", "subtype_id"),
    relevant="{row}.message_type IN ('email', 'comment', 'email_outgoing')",
    events=("update",),
)
MEND_MAIL = """
    WITH hidden AS (
        DELETE FROM crm_interaction i USING mail_message m
         WHERE i.message_id = m.id AND m.id = ANY(%(ids)s)
           AND (m.is_internal OR NOT EXISTS (
                SELECT FROM mail_message_subtype t
                 WHERE t.id = m.subtype_id AND t.internal IS NOT TRUE))
        RETURNING i.id)
    UPDATE crm_interaction i
       SET res_model = m.model, res_id = m.res_id,
           subject = COALESCE(m.subject, i.subject)
      FROM mail_message m
     WHERE i.message_id = m.id AND m.id = ANY(%(ids)s) AND m.is_internal IS NOT TRUE
       AND (i.res_model, i.res_id, i.subject) IS DISTINCT FROM
           (m.model, m.res_id, COALESCE(m.subject, i.subject))
"""
TAKE = """
    DELETE FROM crm_interaction_pending WHERE id IN (
        SELECT id FROM crm_interaction_pending ORDER BY id LIMIT %s
           FOR UPDATE SKIP LOCKED)
    RETURNING model, origin_id
"""


class CrmInteraction(models.Model):
    """Interactions follow the documents they came from.

    Triggers note changed documents in `crm_interaction_pending`, in the transaction of
    the change and at the price of one narrow row. `_catch_up` works the list off: every
    minute by a job, and just before somebody opens a customer's picture. Only one works
    at a time: `crm_interaction_head` makes a second one, or one that began before the
    first ended, step aside, or an old state could overwrite a newer one.
    """

    _inherit = "crm.interaction"

    def init(self):
        result = super().init()
        self.env.cr.execute(capture.SCHEMA)
        self._install_capture()
        return result

    def _register_hook(self):
        """Watch tables of modules that were installed after this one."""
        super()._register_hook()
        wanted = {capture.PREFIX + table for table in self._get_watches()}
        if wanted - self._get_capturing():
            cr = self.env.cr
            cr.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [self._table])
            if cr.fetchone()[0]:
                self._install_capture()

    # ------------------------------------------------------------------ capture

    @api.model
    def _get_installed_adapters(self):
        return [a for a in self._get_adapters() if a.model in self.env]

    @api.model
    def _get_watches(self):
        """Watches by table: ``{table: [(model, watch)]}``, of existing tables."""
        found = {"mail_message": [("mail.message", MAIL)]}
        for adapter in self._get_installed_adapters():
            for watch in adapter.watches:
                pair = (adapter.model, watch)
                pairs = found.setdefault(watch.table, [])
                if pair not in pairs:
                    pairs.append(pair)
        rows = self.env.execute_query(
            SQL(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname IN %s "
                "AND relnamespace = current_schema::regnamespace",
                tuple(found),
            )
        )
        return {table: found[table] for (table,) in rows}

    @api.model
    def _install_capture(self):
        for table, watches in self._get_watches().items():
            for statement in capture.install(table, watches):
                self.env.cr.execute(statement)

    @api.model
    def _get_capturing(self):
        """Names of the functions that watch tables now."""
        rows = self.env.execute_query(
            SQL(
                "SELECT proname FROM pg_proc WHERE starts_with(proname, %s) "
                "AND pronamespace = current_schema::regnamespace",
                capture.PREFIX,
            )
        )
        return {name for (name,) in rows}

    @api.model
    def _remove_capture(self, tables=None):
        """Stop watching tables, by default all for good; for an uninstallation."""
        found = self._get_capturing()
        if tables is not None:
            found &= {capture.PREFIX + table for table in tables}
        for function in sorted(found):
            self.env.cr.execute(capture.remove(function))
        if tables is None:
            self.env.cr.execute(capture.DROP)

    # ------------------------------------------------------------------ upkeep

    @api.model
    def _cron_catch_up(self):
        """Work off what changed since the last minute, a part per transaction."""
        cron = self.env["ir.cron"]
        while done := self._catch_up():
            waiting = self._count_pending()
            if not cron._commit_progress(done, remaining=waiting):
                break

    @api.model
    def _catch_up(self, limit=PART):
        """Bring interactions in step with changed documents, unless another is at it.

        :param int limit: changes worked off at most
        :return: number of changes worked off
        """
        self.env.flush_all()
        if self.env.cr.readonly or not self._count_pending(1) or not self._take_turn():
            return 0
        cr = self.env.cr
        cr.execute(TAKE, [limit])
        changed = {}
        taken = cr.fetchall()
        for model, origin in taken:
            changed.setdefault(model, set()).add(origin)
        for model, origins in changed.items():
            self._project(model, projection.BY_IDS, {"ids": list(origins)})
        self._forget_shown()
        return len(taken)

    @api.model
    def _count_pending(self, limit=None):
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM (SELECT FROM crm_interaction_pending LIMIT %s) x",
                limit,
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _take_turn(self):
        """Whether this transaction may project: nobody does, or did after it began."""
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                self.env.cr.execute(
                    """UPDATE crm_interaction_head SET turn = turn + 1 WHERE k IN (
                           SELECT k FROM crm_interaction_head FOR UPDATE SKIP LOCKED)"""
                )
                return bool(self.env.cr.rowcount)
        except psycopg2.errors.SerializationFailure:
            return False

    @api.model
    def _project(self, model, chosen, params):
        """Make, mend and remove the interactions of chosen documents of a model.

        :param str chosen: `projection.BY_IDS` or `BY_RANGE`, with its `params`
        :return: number of interactions made, changed or removed
        """
        touched = 0
        merging = "merged_into_id" in self.env["res.partner"]._fields
        if model == "mail.message" and "ids" in params:
            self.env.cr.execute(MEND_MAIL, params)
        for adapter in self._get_installed_adapters():
            if adapter.model == model:
                sql = projection.statement(adapter, chosen, merging)
                self.env.cr.execute(sql, params)
                touched += sum(self.env.cr.fetchone())
        return touched

    @api.model
    def _forget_shown(self):
        self.invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(["interaction_ids"], flush=False)

    # ------------------------------------------------------------------ backfill

    @api.model
    def _backfill(self, report=None):
        """Note all documents there are, in parts; safe to repeat.

        :param report: called with (done, total, text) after each part
        :return: number of interactions made, changed or removed
        """
        self.env.flush_all()
        parts = [
            (model, first)
            for model, table in dict.fromkeys(
                (a.model, a.table) for a in self._get_installed_adapters()
            )
            for first in self._get_parts(model, table)
        ]
        touched = 0
        for done, (model, first) in enumerate(parts):
            if report:
                report(done, len(parts), self.env["ir.model"]._get(model).name)
            span = {"first": first, "last": first + SPAN - 1}
            touched += self._project(model, projection.BY_RANGE, span)
        touched += self._backfill_mail()
        if report:
            report(len(parts), len(parts))
        self._forget_shown()
        return touched

    def _get_parts(self, model, table):
        """First ids of the parts that hold all documents and what is kept of them."""
        kinds = [a.kind for a in self._get_installed_adapters() if a.model == model]
        [(first, last)] = self.env.execute_query(
            SQL(
                """SELECT min(x.first), max(x.last) FROM (
                       SELECT min(id) AS first, max(id) AS last FROM %s UNION ALL
                       SELECT min(origin_id), max(origin_id) FROM crm_interaction
                        WHERE kind IN %s) x""",
                SQL.identifier(table),
                tuple(kinds),
            )
        )
        return range(first, last + 1, SPAN) if first else ()
