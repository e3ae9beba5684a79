from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

MOVE = """
    WITH matter AS (%(matters)s),
    moved AS (
        INSERT INTO crm_handover_move
            (handover_id, line_id, kind, res_model, res_id, field, old_id, new_id,
                     undone)
        SELECT l.handover_id, l.id, m.code, %(model)s, m.res_id, %(name)s, %(old)s,
               l.successor_id, FALSE
          FROM matter m JOIN crm_handover_line l
            ON COALESCE(l.partner_id, 0) = COALESCE(m.partner_id, 0)
         WHERE l.handover_id = %(handover)s AND l.chosen
           AND l.successor_id IS NOT NULL
        RETURNING res_id, new_id)
    UPDATE %(table)s t
       SET %(field)s = moved.new_id, write_uid = %(uid)s,
           write_date = now() AT TIME ZONE 'UTC'
      FROM moved WHERE moved.res_id = t.id
"""
GIVE_BACK = """
    WITH back AS (
        UPDATE %(table)s t
           SET %(field)s = m.old_id, write_uid = %(uid)s,
               write_date = now() AT TIME ZONE 'UTC'
          FROM crm_handover_move m JOIN res_users u ON u.id = m.old_id
         WHERE m.handover_id = %(handover)s AND m.res_model = %(model)s
           AND m.field = %(name)s AND NOT m.undone
           AND m.res_id = t.id AND t.%(field)s = m.new_id
        RETURNING m.id)
    UPDATE crm_handover_move m SET undone = TRUE FROM back WHERE back.id = m.id
"""
MIRROR = """
    UPDATE %(table)s x SET %(column)s = t.%(field)s
      FROM crm_handover_move m JOIN %(document)s t ON t.id = m.res_id
     WHERE m.handover_id = %(handover)s AND m.res_model = %(model)s
       AND m.field = %(name)s AND x.%(key)s = t.id
       AND x.%(column)s IS DISTINCT FROM t.%(field)s
"""
NOTE = """
    INSERT INTO mail_message
        (model, res_id, message_type, subtype_id, body, author_id, email_from, date,
         is_internal, message_id, create_uid, create_date, write_uid, write_date)
    SELECT m.res_model, m.res_id, 'notification', %(subtype)s, %(body)s, %(author)s,
           %(email)s, now() AT TIME ZONE 'UTC', TRUE,
           '<handover-' || m.id || '-' || %(step)s || '@' || %(host)s || '>', %(uid)s,
           now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM crm_handover_move m
     WHERE m.handover_id = %(handover)s AND m.res_model IN %(models)s
       AND m.field = ANY(%(names)s) AND m.new_id = %(user)s AND m.undone = %(undone)s
"""


class CrmHandover(models.Model):
    """The work: one statement per kind of document, with a journal for the way back.

    Documents are written past the ORM: deadlines, teams, stages and attendees stay as
    they are, nobody is mailed once per document, and ten thousand customers take as
    many statements as ten. What the ORM would have kept equal is declared as mirrors.
    Killed in the middle, nothing has happened: it is one transaction.
    """

    _inherit = "crm.handover"

    def _execute(self):
        handover = self.sudo()  # the right was checked by the button, see the model
        return handover._undo() if handover.undoing else handover._hand_over()

    def _hand_over(self):
        self._prepare(takes_new=self.follow_new)
        self.env.flush_all()
        self.invalidate_recordset()
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "Nothing is left to hand over: %(person)s answers for none of it "
                    "any more.",
                    person=self.user_id.name,
                )
            )
        self._check_decided()
        matters = self._get_matters()
        total = len(matters) + 3
        for done, matter in enumerate(matters):
            self._report(done, total, self.env._("Moving %(kind)s", kind=matter.model))
            self._move(matter)
            self._copy_to_mirrors(matter)
        self._seat_at_meetings()
        self._report(total - 2, total, self.env._("Telling who follows"))
        for matter in matters:
            if matter.has_thread:
                self._follow(matter)
        self._post_notes("done", undone=False)
        self._report(total - 1, total, self.env._("Telling the successors"))
        self.env.invalidate_all(flush=False)
        self._tell_successors()
        if self.write_letters:
            self._enqueue()._write_letters()
        return {"moved_count": self._count_moves(undone=False), "kept_count": 0}

    def _undo(self):
        self.env.flush_all()
        matters = self._get_matters()
        for done, matter in enumerate(matters):
            self._report(done, len(matters), self.env._("Giving back"))
            self.env.cr.execute(SQL(GIVE_BACK, **self._get_parts(matter)))
            self._copy_to_mirrors(matter)
        self._unfollow_again()
        self._post_notes("undone", undone=True)
        self.env.invalidate_all(flush=False)
        kept = self._count_moves(undone=False)
        self._tell_successors()
        return {"state": "undone", "undoing": False, "kept_count": kept}

    # ------------------------------------------------------------------ documents

    def _get_parts(self, matter):
        return {
            "handover": self.id,
            "model": matter.model,
            "name": matter.field,
            "field": SQL.identifier(matter.field),
            "table": SQL.identifier(self.env[matter.model]._table),
            "uid": self.env.uid,
        }

    def _move(self, matter):
        self.env.cr.execute(
            SQL(
                MOVE,
                matters=matter.select(
                    self.env, self.user_id.id, self.company_id.id, self._get_moment()
                ),
                old=self.user_id.id,
                **self._get_parts(matter),
            )
        )

    def _copy_to_mirrors(self, matter):
        for table, key, column in matter.mirrors:
            parts = self._get_parts(matter)
            parts.update(
                document=parts.pop("table"),
                table=SQL.identifier(table),
                key=SQL.identifier(key),
                column=SQL.identifier(column),
            )
            parts.pop("uid")
            self.env.cr.execute(SQL(MIRROR, **parts))

    def _count_moves(self, undone):
        names = sorted({matter.field for matter in self._get_matters()})
        domain = [("handover_id", "=", self.id), ("field", "in", names)]
        moves = self.env["crm.handover.move"]
        return moves.search_count([*domain, ("undone", "=", undone)])

    # ------------------------------------------------------------------ followers

    def _follow(self, matter):
        """The successor follows what he took over; the predecessor may stop to."""
        parts = self._get_parts(matter)
        parts = {name: parts[name] for name in ("handover", "model", "name")}
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO mail_followers (res_model, res_id, partner_id)
                SELECT m.res_model, m.res_id, u.partner_id
                  FROM crm_handover_move m JOIN res_users u ON u.id = m.new_id
                 WHERE m.handover_id = %(handover)s AND m.res_model = %(model)s
                   AND m.field = %(name)s
                ON CONFLICT (res_model, res_id, partner_id) DO NOTHING RETURNING id
                """,
                **parts,
            )
        )
        followers = [id_ for (id_,) in rows]
        self.env.cr.execute(
            SQL(
                """
                WITH told AS (
                    INSERT INTO mail_followers_mail_message_subtype_rel
                    SELECT f.id, s.id FROM mail_followers f
                     CROSS JOIN mail_message_subtype s
                     WHERE f.id = ANY(%(ids)s) AND s.default
                       AND (s.res_model IS NULL OR s.res_model = %(model)s))
                INSERT INTO crm_handover_move
                    (handover_id, kind, res_model, res_id, field, old_id, new_id,
                     undone)
                SELECT %(handover)s, 'follower', f.res_model, f.res_id, 'follow', 0,
                       f.id, FALSE
                  FROM mail_followers f WHERE f.id = ANY(%(ids)s)
                """,
                ids=followers,
                model=matter.model,
                handover=self.id,
            )
        )
        if self.unfollow:
            self._unfollow(parts)

    def _unfollow(self, parts):
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    INSERT INTO crm_handover_move
                        (handover_id, kind, res_model, res_id, field, old_id, new_id,
                         data, undone)
                    SELECT m.handover_id, 'follower', f.res_model, f.res_id, 'unfollow',
                           f.partner_id, f.id, COALESCE((
                               SELECT jsonb_agg(r.mail_message_subtype_id)
                                 FROM mail_followers_mail_message_subtype_rel r
                                WHERE r.mail_followers_id = f.id), '[]'::jsonb), FALSE
                      FROM crm_handover_move m JOIN mail_followers f
                        ON f.res_model = m.res_model AND f.res_id = m.res_id
                     WHERE m.handover_id = %(handover)s AND m.res_model = %(model)s
                       AND m.field = %(name)s AND f.partner_id = %(partner)s
                    RETURNING new_id)
                DELETE FROM mail_followers f USING gone WHERE gone.new_id = f.id
                """,
                partner=self.user_id.partner_id.id,
                **parts,
            )
        )

    def _seat_at_meetings(self):
        """The successor attends the meetings he took over; all others stay invited."""
        self.env.cr.execute(
            SQL(
                """
                WITH taken AS (
                    SELECT m.res_id, u.partner_id FROM crm_handover_move m
                      JOIN res_users u ON u.id = m.new_id
                     WHERE m.handover_id = %(handover)s
                       AND m.res_model = 'calendar.event' AND m.field = 'user_id'),
                seated AS (
                    INSERT INTO calendar_event_res_partner_rel
                        (calendar_event_id, res_partner_id)
                    SELECT res_id, partner_id FROM taken
                    ON CONFLICT DO NOTHING
                    RETURNING calendar_event_id, res_partner_id),
                invited AS (
                    INSERT INTO calendar_attendee
                        (event_id, partner_id, state, access_token)
                    SELECT calendar_event_id, res_partner_id, 'accepted',
                           replace(gen_random_uuid()::text, '-', '')
                      FROM seated)
                INSERT INTO crm_handover_move
                    (handover_id, kind, res_model, res_id, field, old_id, new_id,
                     undone)
                SELECT %(handover)s, 'attendee', 'calendar.event', calendar_event_id,
                       'attend', 0, res_partner_id, FALSE
                  FROM seated
                """,
                handover=self.id,
            )
        )

    def _unfollow_again(self):
        """Followers and seats as before, for the documents that were given back."""
        given_back = SQL(
            """
            m.handover_id = %s AND NOT m.undone AND EXISTS (
                SELECT FROM crm_handover_move d WHERE d.handover_id = m.handover_id
                   AND d.res_model = m.res_model AND d.res_id = m.res_id AND d.undone)
            """,
            self.id,
        )
        statements = (
            """
            DELETE FROM mail_followers f USING crm_handover_move m
             WHERE m.field = 'follow' AND m.new_id = f.id AND %(given_back)s
            """,
            """
            WITH again AS (
                INSERT INTO mail_followers (res_model, res_id, partner_id)
                SELECT m.res_model, m.res_id, m.old_id FROM crm_handover_move m
                  JOIN res_partner p ON p.id = m.old_id
                 WHERE m.field = 'unfollow' AND %(given_back)s
                ON CONFLICT (res_model, res_id, partner_id) DO NOTHING
                RETURNING id, res_model, res_id)
            INSERT INTO mail_followers_mail_message_subtype_rel
            SELECT a.id, s.id FROM again a
              JOIN crm_handover_move m ON m.res_model = a.res_model
               AND m.res_id = a.res_id AND m.field = 'unfollow' AND %(given_back)s
             CROSS JOIN LATERAL jsonb_array_elements_text(m.data) e (id)
              JOIN mail_message_subtype s ON s.id = e.id::int
            """,
            """
            DELETE FROM calendar_attendee a USING crm_handover_move m
             WHERE m.field = 'attend' AND a.event_id = m.res_id
               AND a.partner_id = m.new_id AND %(given_back)s
            """,
            """
            DELETE FROM calendar_event_res_partner_rel r USING crm_handover_move m
             WHERE m.field = 'attend' AND r.calendar_event_id = m.res_id
               AND r.res_partner_id = m.new_id AND %(given_back)s
            """,
            """
            UPDATE crm_handover_move m SET undone = TRUE
             WHERE m.field IN ('follow', 'unfollow', 'attend') AND %(given_back)s
            """,
        )
        for statement in statements:
            self.env.cr.execute(SQL(statement, given_back=given_back))

    # ------------------------------------------------------------------ telling

    def _get_takers(self):
        return self.line_ids.filtered("chosen").successor_id

    def _post_notes(self, step, undone):
        """One note on each document, written by one statement per successor."""
        models = tuple(m.model for m in self._get_matters() if m.has_thread)
        if not models:
            return
        author = (self.planned_by_id or self.env.user).partner_id
        for user in self._get_takers():
            texts = {"old": self.user_id.name, "new": user.name}
            if undone:
                text = self.env._("Handed back from %(new)s to %(old)s.", **texts)
            else:
                text = self.env._("Handed over from %(old)s to %(new)s.", **texts)
            statement = SQL(
                NOTE,
                subtype=self.env.ref("mail.mt_note").id,
                body=Markup("<p>%s</p>") % text,
                author=author.id,
                email=author.email_formatted or None,
                step=step,
                host=self.env.cr.dbname,
                uid=self.env.uid,
                handover=self.id,
                models=models,
                names=sorted({matter.field for matter in self._get_matters()}),
                user=user.id,
                undone=undone,
            )
            self.env.cr.execute(statement)

    def _tell_successors(self):
        """Each successor is told once, with numbers, where to read the briefs."""
        for user in self._get_takers():
            lines = self.line_ids.filtered(
                lambda line, user=user: line.chosen and line.successor_id == user
            )
            numbers = {
                "count": len(lines),
                "matters": sum(lines.mapped("weight")),
                "person": self.user_id.name,
            }
            if self.undoing:
                text = self.env._("%(count)s customers went back to %(person)s.")
            else:
                text = self.env._(
                    "You have taken over %(count)s customers with %(matters)s open "
                    "matters from %(person)s. Open the handover to read the briefs."
                )
            self.message_notify(
                partner_ids=user.partner_id.ids,
                subject=self.env._("Handover: %(name)s", name=self.name),
                body=text % numbers,
            )
