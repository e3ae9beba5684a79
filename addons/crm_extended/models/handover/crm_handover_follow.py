from odoo import models
from odoo.tools import SQL


class CrmHandover(models.Model):
    """Followers and seats at meetings go along with the documents, and come back."""

    _inherit = "crm.handover"

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
        self._learn_size("mail.followers")
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
