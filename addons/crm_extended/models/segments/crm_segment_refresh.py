from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

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
# In the order of segments, so that members of one lie together on the disk.
ENTER = """
    INSERT INTO crm_segment_member
           (segment_id, partner_id, company_id, valid_from, reason)
    SELECT c.segment_id, c.partner_id, c.company_id, %(day)s,
           CASE c.segment_id %(reasons)s END
      FROM crm_segment_change c
      JOIN crm_segment_base base ON base.partner_id = c.partner_id
     WHERE c.id IS NULL
     ORDER BY c.segment_id, c.partner_id
"""
MANY = (
    10000  # changes after which statistics are made at once, not when PostgreSQL will
)


class CrmSegment(models.Model):
    """Membership brought up to date, by a handful of statements for all segments."""

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
        failed, reasons = segments._find_changes(day, report)
        counts = (segments - failed)._apply_changes(day, reasons)
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

    # ------------------------------------------------------------------ who changes

    def _apply_changes(self, day, reasons):
        """Let memberships follow `crm_segment_change`; who enters gets the reason."""
        if not self:
            return {"entered": 0, "left": 0, "members": 0}
        cr = self.env.cr
        parts = {
            "day": SQL("%s::date", day),
            "reasons": SQL(" ").join(
                SQL("WHEN %s THEN %s", *reason) for reason in reasons.items()
            )
            or SQL("WHEN NULL THEN NULL"),
        }
        counts = {}
        for name, statement in (
            ("forgotten", FORGET),
            ("closed", CLOSE),
            ("reopened", REOPEN),
            ("rescoped", RESCOPE),
            ("entered", ENTER),
        ):
            used = {k: v for k, v in parts.items() if f"%({k})s" in statement}
            cr.execute(SQL(statement, **used))
            counts[name] = cr.rowcount
        if sum(counts.values()) > MANY:
            cr.execute("ANALYZE crm_segment_member")
        self._write_refreshed()
        cr.execute(
            SQL(
                "SELECT count(*) FROM crm_segment_member "
                "WHERE segment_id IN %s AND valid_to IS NULL",
                tuple(self.ids),
            )
        )
        [members] = cr.fetchone()
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
        if not self:
            return
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
