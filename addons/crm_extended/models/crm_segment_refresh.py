from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, groupby

# A customer in `crm_segment_fit` is in the segment today. In an exclusive family the
# earlier segment has the customer, unless the two belong to different companies, which
# do not see each other's segments.
FIT = """
    INSERT INTO crm_segment_fit
           (segment_id, family_id, scope, partner_id, company_id, reason)
    %(population)s
"""
UNCLAIMED = """NOT EXISTS (
    SELECT FROM crm_segment_fit f
     WHERE f.family_id = %s AND f.partner_id = res_partner.id
       AND (f.scope IS NULL OR %s IS NULL OR f.scope = %s))"""

# What differs between members and those who fit. A full join cannot be planned as a
# nested loop, which is what a table just filled, without statistics, invites.
DIFFER = """
    CREATE TEMPORARY TABLE crm_segment_change ON COMMIT DROP AS
    SELECT m.id, m.valid_from, m.valid_to, f.segment_id, f.partner_id, f.company_id,
           f.reason
      FROM (SELECT * FROM crm_segment_member
             WHERE segment_id IN %(ids)s
               AND (valid_to IS NULL OR valid_to = %(day)s)) m
      FULL JOIN crm_segment_fit f
        ON f.segment_id = m.segment_id AND f.partner_id = m.partner_id
     WHERE m.id IS NULL
        OR f.segment_id IS NULL AND m.valid_to IS NULL
        OR f.segment_id IS NOT NULL
           AND (m.valid_to IS NOT NULL OR m.company_id IS DISTINCT FROM f.company_id)
"""
# Entered and left on the same day: nothing happened.
FORGET = """
    DELETE FROM crm_segment_member m USING crm_segment_change c
     WHERE c.id = m.id AND c.segment_id IS NULL AND c.valid_from = %(day)s
"""
CLOSE = """
    UPDATE crm_segment_member m SET valid_to = %(day)s FROM crm_segment_change c
     WHERE c.id = m.id AND c.segment_id IS NULL AND c.valid_from < %(day)s
"""
# Left and came back on the same day: never left.
REOPEN = """
    UPDATE crm_segment_member m SET valid_to = NULL FROM crm_segment_change c
     WHERE c.id = m.id AND c.segment_id IS NOT NULL AND c.valid_to IS NOT NULL
"""
RESCOPE = """
    UPDATE crm_segment_member m SET company_id = c.company_id FROM crm_segment_change c
     WHERE c.id = m.id AND c.segment_id IS NOT NULL
       AND m.company_id IS DISTINCT FROM c.company_id
"""
ENTER = """
    INSERT INTO crm_segment_member
           (segment_id, partner_id, company_id, valid_from, reason)
    SELECT segment_id, partner_id, company_id, %(day)s, reason
      FROM crm_segment_change WHERE id IS NULL
"""
MANY = (
    10000  # changes after which statistics are made at once, not when PostgreSQL will
)


class CrmSegment(models.Model):
    """Membership brought up to date, by a handful of statements per segment."""

    _inherit = "crm.segment"

    @api.model
    def _refresh(self, segments=None, on_date=None, report=None):
        """Let customers enter and leave segments on a day; who stays is not touched.

        The number of statements depends on the number of segments and conditions, not
        of customers. Repeated on the same day it changes nothing. A segment whose
        definition cannot be used keeps its members and says so in `problem`; in an
        exclusive family this holds for the whole family, since who comes next depends
        on it.

        :param segments: `crm.segment`, all of them by default; exclusive families are
            completed, archived segments are emptied
        :param date on_date: day of the change, today by default
        :param report: function (done, total, text) called before each family
        :return: dict of counts: segments, problems, entered, left, members
        :raises UserError: memberships of a later day are known already
        """
        everything = self.sudo().with_context(active_test=False).search(Domain.TRUE)
        segments = everything if segments is None else segments.sudo()
        families = segments.family_id.filtered("exclusive")
        segments |= everything.filtered(lambda s: s.family_id in families)
        if not segments:
            return dict.fromkeys(
                ("segments", "problems", "entered", "left", "members"), 0
            )
        day = fields.Date.to_date(on_date) or fields.Date.context_today(self)
        segments = segments._in_words_of_company()._lock_for_refresh(day)
        failed = segments._fill_fits(report)
        counts = (segments - failed)._apply_fits(day)
        return {"segments": len(segments), "problems": len(failed), **counts}

    def _in_words_of_company(self):
        """Reasons are stored once, hence in one language: that of the main company."""
        lang = self.env.company.partner_id.lang or self.env.lang or "en_US"
        return self.with_context(lang=lang, active_test=True)

    def _lock_for_refresh(self, day):
        """Order the segments; keep other refreshes of them out until this one ends."""
        self.env.flush_all()
        segments = self.sorted(
            lambda s: (s.family_id.sequence, s.family_id.id, s.sequence, s.id)
        )
        self.env.execute_query(
            SQL(
                "SELECT id FROM crm_segment WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        [(latest,)] = self.env.execute_query(
            SQL(
                "SELECT max(GREATEST(valid_from, valid_to)) FROM crm_segment_member "
                "WHERE segment_id IN %s",
                tuple(self.ids),
            )
        )
        if latest and latest > day:
            raise UserError(
                self.env._(
                    "Segments cannot be refreshed for %(day)s: changes of "
                    "%(latest)s are known already. Choose that day or a later one.",
                    day=day,
                    latest=latest,
                )
            )
        return segments

    # ------------------------------------------------------------------ who fits

    def _fill_fits(self, report=None):
        """Fill `crm_segment_fit` family by family; returns segments left alone."""
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_fit")
        cr.execute(
            "CREATE TEMPORARY TABLE crm_segment_fit (segment_id int NOT NULL, "
            "family_id int, scope int, partner_id int NOT NULL, company_id int, "
            "reason varchar, PRIMARY KEY (segment_id, partner_id)) ON COMMIT DROP"
        )
        cr.execute("CREATE INDEX ON crm_segment_fit (family_id, partner_id)")
        failed, done = self.browse(), 0
        prepared = self._get_conditions()._prepare_values()
        for _key, group in groupby(self, lambda s: s.exclusive and s.family_id or s):
            family = self.browse([segment.id for segment in group])
            if report:
                report(done, len(self), family[0].name)
            if not family._fill_family(prepared):
                failed |= family
            done += len(family)
        cr.execute("ANALYZE pg_temp.crm_segment_fit")
        return failed

    def _fill_family(self, prepared):
        """Add who fits these segments, first come first served; all of them or none."""
        try:
            with self.env.cr.savepoint(flush=False):
                for segment in self.filtered("active"):
                    segment._try(lambda s=segment: s._fill_segment(prepared))
        except UserError as error:  # AccessError is one: the author lost an access
            self._write_problem(str(error))
            return False
        self._write_problem(None)
        return True

    def _fill_segment(self, prepared):
        query, columns = self._get_population(prepared)
        scope = self.company_id.id or None
        if self.exclusive:
            query.add_where(
                SQL(UNCLAIMED, self.family_id.id, SQL("%s::int", scope), scope)
            )
        companies = [company for _value, company in columns]
        population = query.select(
            SQL("%s", self.id),
            SQL("%s::int", self.family_id.id or None),
            SQL("%s::int", scope),
            SQL("res_partner.id"),
            SQL(
                "COALESCE(%s)",
                SQL(", ").join(
                    [SQL("%s::int", scope), *companies, SQL("res_partner.company_id")]
                ),
            ),
            self._get_reason(columns),
        )
        self.env.execute_query(SQL(FIT, population=population))

    # ------------------------------------------------------------------ who changes

    def _apply_fits(self, day):
        """Write the difference between who fits and who is a member."""
        if not self:
            return {"entered": 0, "left": 0, "members": 0}
        cr = self.env.cr
        day = SQL("%s::date", day)
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_change")
        cr.execute(SQL(DIFFER, ids=tuple(self.ids), day=day))
        changes = cr.rowcount
        cr.execute("ANALYZE pg_temp.crm_segment_change")
        counts = {}
        for name, statement in (
            ("forgotten", FORGET),
            ("closed", CLOSE),
            ("reopened", REOPEN),
            ("rescoped", RESCOPE),
            ("entered", ENTER),
        ):
            used = {"day": day} if "%(day)s" in statement else {}
            cr.execute(SQL(statement, **used))
            counts[name] = cr.rowcount
        if changes > MANY:
            cr.execute("ANALYZE crm_segment_member")
        self._write_refreshed()
        self.env.cr.execute("SELECT count(*) FROM crm_segment_fit")
        [members] = self.env.cr.fetchone()
        self.env["crm.segment.member"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(
            ["segment_ids", "segment_member_ids"], flush=False
        )
        return {
            "entered": counts["entered"] + counts["reopened"],
            "left": counts["closed"] + counts["forgotten"],
            "members": members,
        }

    # A refresh is no edit: who changed a definition last, and when, must stay readable,
    # hence these columns are written by SQL.

    def _write_refreshed(self):
        self.env.cr.execute(
            SQL(
                "UPDATE crm_segment SET refreshed_at = now() AT TIME ZONE 'UTC' "
                "WHERE id IN %s",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["refreshed_at"], flush=False)

    def _write_problem(self, problem):
        self.env.cr.execute(
            SQL(
                "UPDATE crm_segment SET problem = %s "
                "WHERE id IN %s AND problem IS DISTINCT FROM %s",
                SQL("%s::varchar", problem),
                tuple(self.ids),
                SQL("%s::varchar", problem),
            )
        )
        self.invalidate_recordset(["problem"], flush=False)
