from markupsafe import Markup

from odoo import api, models
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

    Documents are written past the ORM: deadlines and stages stay as they are, nobody is
    mailed once per document, and ten thousand customers take as many statements as ten.
    What the ORM would have kept equal is declared as mirrors; sales teams follow by the
    ORM's rule, in `crm_handover_team`.
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
            self._learn_size("crm.handover.move")
            self._change_team(matter)
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

    @api.model
    def _learn_size(self, *models_):
        """Let PostgreSQL count what this transaction wrote into its tables.

        It would plan for the few rows of before, and join sixty thousand documents one
        by one; statistics of a sample take milliseconds.
        """
        for name in models_:
            table = SQL.identifier(self.env[name]._table)
            self.env.cr.execute(SQL("ANALYZE %s", table))

    def _undo(self):
        self.env.flush_all()
        matters = self._get_matters()
        for done, matter in enumerate(matters):
            self._report(done, len(matters), self.env._("Giving back"))
            self.env.cr.execute(SQL(GIVE_BACK, **self._get_parts(matter)))
            self._copy_to_mirrors(matter)
            self._give_team_back(matter)
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
