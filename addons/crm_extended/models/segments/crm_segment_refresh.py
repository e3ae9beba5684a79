from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from .crm_segment_plan import Plan

# What happens to stays, told to those who listen when all is done. A stay of one day
# only is gone then, hence its customer is noted, too.
MOVE = """
    CREATE TEMPORARY TABLE crm_segment_move (
        member_id int, kind varchar, segment_id int, partner_id int, company_id int,
        since date
    ) ON COMMIT DROP
"""
MOVED = """
    WITH done AS (%s RETURNING m.id, m.segment_id, m.partner_id, m.company_id,
                               m.valid_from)
    INSERT INTO crm_segment_move
    SELECT id, %s, segment_id, partner_id, company_id, valid_from FROM done
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
# In the order of segments, so that members of one lie together on the disk.
ENTER = """
    INSERT INTO crm_segment_member AS m
           (segment_id, partner_id, company_id, valid_from, reason)
    SELECT c.segment_id, c.partner_id, c.company_id, %(day)s,
           CASE c.segment_id %(reasons)s END
      FROM crm_segment_change c
      JOIN crm_segment_base base ON base.partner_id = c.partner_id
      JOIN res_partner ON res_partner.id = c.partner_id
     WHERE c.id IS NULL
     ORDER BY c.segment_id, c.partner_id
"""
STEPS = (  # name, statement, what it is to those who listen
    ("forgotten", FORGET, "forgotten"),
    ("closed", CLOSE, "out"),
    ("reopened", REOPEN, "back"),
    ("rescoped", RESCOPE, None),
    ("entered", ENTER, "in"),
)
# Changes after which statistics are made at once, not when PostgreSQL will.
MANY = 10000
BATCH = 10000  # memberships told of at once


class CrmSegment(models.Model):
    """Membership brought up to date, by a handful of statements for all segments."""

    _inherit = "crm.segment"

    print = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Of the definition by which the members were found last",
    )
    known_until = fields.Date(
        readonly=True, copy=False, help="Day of the last refresh: none goes before it"
    )

    @api.model
    def _refresh(self, segments=None, on_date=None, report=None):
        """Let customers enter and leave segments on a day; who stays is not touched.

        Everybody is looked at. The number of statements depends on the number of
        segments and conditions, not of customers. Repeated on the same day it changes
        nothing. A segment whose definition cannot be used keeps its members and says
        so in `problem`; in an exclusive family this holds for the whole family, since
        who comes next depends on it.

        :param segments: `crm.segment`, all of them by default; exclusive families are
            completed, archived segments are emptied
        :param date on_date: day of the change, today by default
        :param report: function (done, total, text) called in between
        :return: dict of counts: segments, problems, entered, left, members
        :raises UserError: memberships of a later day are known already
        """
        everything = self._get_everything()
        everybody = segments is None
        if everybody:
            segments = everything
            self.env["crm.segment.news"]._skip()  # all of it is looked at now
        segments = segments.sudo()
        families = segments.family_id.filtered("exclusive")
        segments |= everything.filtered(lambda s: s.family_id in families)
        if not segments:
            names = ("segments", "problems", "entered", "left", "members")
            return dict.fromkeys(names, 0)
        segments, day = segments._begin_refresh(on_date)
        failed = segments.browse()
        counts = {"entered": 0, "left": 0}
        for level in segments._get_levels():
            found, moved = level._refresh_everybody(day, report)
            if not everybody:  # readers of these members may be left out
                self.env["crm.segment.news"]._note_members(level)
            failed |= found
            counts = {name: counts[name] + moved[name] for name in counts}
        self._end_refresh(segments)
        members = (segments - failed)._count_members()
        return {
            "segments": len(segments),
            "problems": len(failed),
            **counts,
            "members": members,
        }

    @api.model
    def _get_everything(self):
        # sudo: segments of all companies
        return self.sudo().with_context(active_test=False).search(Domain.TRUE)

    def _begin_refresh(self, on_date):
        """The segments, ordered and kept from other refreshes, and the day."""
        day = fields.Date.to_date(on_date) or fields.Date.context_today(self)
        segments = self._in_words_of_company()._lock_for_refresh(day)
        self.env.cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_move")
        self.env.cr.execute(MOVE)
        return segments.with_context(segment_day=day), day

    def _refresh_everybody(self, day, report=None):
        """:return: segments with a problem; counts entered and left"""
        plan = Plan(day)
        fits, failed = self._compile(plan)
        return self._refresh_by(plan, fits, failed, day, report)

    def _refresh_by(self, plan, fits, failed, day, report=None):
        sound = self - failed
        failed |= sound._find_changes(plan, fits, day, report)
        reasons = {s.id: fit.reason for s, fit in fits.items() if fit}
        sound = self - failed
        counts = sound._apply_changes(day, reasons)
        sound._write_refreshed(day, {s.id: fits[s] and fits[s].print for s in sound})
        return failed, counts

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
        latest = max((s.known_until for s in segments if s.known_until), default=None)
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
            return {"entered": 0, "left": 0}
        cr = self.env.cr
        parts = {
            "day": SQL("%s::date", day),
            "reasons": SQL(" ").join(
                SQL("WHEN %s THEN %s", *reason) for reason in reasons.items()
            )
            or SQL("WHEN NULL THEN NULL"),
        }
        counts = {}
        for name, statement, kind in STEPS:
            used = {k: v for k, v in parts.items() if f"%({k})s" in statement}
            step = SQL(statement, **used)
            cr.execute(SQL(MOVED, step, kind) if kind else step)
            counts[name] = cr.rowcount
        if sum(counts.values()) > MANY:
            self._refresh_statistics(sum(counts.values()))
        self.env["crm.segment.member"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(
            ["segment_ids", "segment_member_ids"], flush=False
        )
        return {
            "entered": counts["entered"] + counts["reopened"],
            "left": counts["closed"] + counts["forgotten"],
        }

    @api.model
    def _refresh_statistics(self, changed):
        """A table that grew by a tenth is planned for wrongly; else PostgreSQL will."""
        cr = self.env.cr
        cr.execute(
            "SELECT reltuples FROM pg_class WHERE oid = 'crm_segment_member'::regclass"
        )
        [rows] = cr.fetchone()
        if changed > rows / 10:
            cr.execute("ANALYZE crm_segment_member")

    def _count_members(self):
        if not self:
            return 0
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM crm_segment_member "
                "WHERE segment_id IN %s AND valid_to IS NULL",
                tuple(self.ids),
            )
        )
        return self.env.cr.fetchone()[0]

    # ------------------------------------------------------------------ who is told

    @api.model
    def _end_refresh(self, segments):
        """Tell everybody who listens what happened, when all segments are done."""
        self.env["crm.segment.event"]._note()
        self.env.cr.execute(
            "SELECT kind IN ('in', 'back'), member_id FROM crm_segment_move "
            "WHERE kind <> 'forgotten' ORDER BY 1, 2"
        )
        # all of them: whoever listens asks questions by the same cursor
        for rows in split_every(BATCH, self.env.cr.fetchall()):
            entered = [member for is_in, member in rows if is_in]
            left = [member for is_in, member in rows if not is_in]
            self._members_changed(entered, left)

    @api.model
    def _members_changed(self, entered_ids, left_ids):
        """Customers entered and left segments. Override to follow; call super.

        Called at the end of each refresh, in its transaction, in batches of at most
        `BATCH` together, leaving before entering. Do what is heavy or may fail in a
        job. A stay that began and ended on the same day is deleted and not told here.

        :param entered_ids: ids of `crm.segment.member` that are open now
        :param left_ids: ids of `crm.segment.member` that just ended
        """

    # A refresh is no edit: who changed a definition last, and when, must stay readable,
    # hence these columns are written by SQL.

    def _write_refreshed(self, day, prints):
        """Note by which definition the members of these segments were found."""
        if not self:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE crm_segment s
                      SET refreshed_at = now() AT TIME ZONE 'UTC', known_until = %s,
                          print = p.print
                     FROM unnest(%s::int[], %s::varchar[]) p (id, print)
                    WHERE s.id = p.id""",
                SQL("%s::date", day),
                self.ids,
                [prints.get(id_) for id_ in self.ids],
            )
        )
        names = ["refreshed_at", "known_until", "print"]
        self.invalidate_recordset(names, flush=False)

    def _write_problem(self, problem):
        if not self:
            return
        self.env.cr.execute(
            SQL(
                # mended, the definition is decided for everybody again
                "UPDATE crm_segment SET problem = %s, "
                "print = CASE WHEN %s IS NULL THEN print END "
                "WHERE id IN %s AND problem IS DISTINCT FROM %s",
                SQL("%s::varchar", problem),
                SQL("%s::varchar", problem),
                tuple(self.ids),
                SQL("%s::varchar", problem),
            )
        )
        self.invalidate_recordset(["problem", "print"], flush=False)
