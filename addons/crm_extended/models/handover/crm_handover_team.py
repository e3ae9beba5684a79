from odoo import models
from odoo.tools import SQL

# A document whose team the successor neither leads nor belongs to goes to his own team.
# A stage that only some teams use keeps a lead with its team: stages stay as they are.
CHANGE = """
    WITH changed AS (
        INSERT INTO crm_handover_move
            (handover_id, line_id, kind, res_model, res_id, field, old_id, new_id,
             undone)
        SELECT m.handover_id, m.line_id, 'team', m.res_model, m.res_id, 'team_id',
               t.team_id, %(team)s, FALSE
          FROM crm_handover_move m JOIN %(table)s t ON t.id = m.res_id
         WHERE m.handover_id = %(handover)s AND m.res_model = %(model)s
           AND m.field = %(name)s AND m.new_id = %(user)s
           AND t.team_id IS DISTINCT FROM %(team)s AND %(fits)s
           AND NOT EXISTS (SELECT FROM crm_team_member x WHERE x.active
                              AND x.crm_team_id = t.team_id AND x.user_id = %(user)s)
           AND NOT EXISTS (SELECT FROM crm_team x
                            WHERE x.id = t.team_id AND x.user_id = %(user)s)
        RETURNING res_id)
    UPDATE %(table)s t SET team_id = %(team)s FROM changed WHERE changed.res_id = t.id
"""
STAGE_FITS = """
    NOT EXISTS (SELECT FROM %(rel)s r WHERE r.%(stage)s = t.stage_id
                 HAVING count(*) > 0 AND NOT bool_or(r.%(of)s = %(team)s))
"""
GIVE_BACK = """
    WITH back AS (
        UPDATE %(table)s t SET team_id = m.old_id
          FROM crm_handover_move m
         WHERE m.handover_id = %(handover)s AND m.res_model = %(model)s
           AND m.kind = 'team' AND NOT m.undone
           AND m.res_id = t.id AND t.team_id = m.new_id
           AND (m.old_id IS NULL
                OR EXISTS (SELECT FROM crm_team x WHERE x.id = m.old_id))
           AND EXISTS (SELECT FROM crm_handover_move d
                        WHERE d.handover_id = m.handover_id AND d.undone
                          AND d.res_model = m.res_model AND d.res_id = m.res_id
                          AND d.field = %(name)s)
        RETURNING m.id)
    UPDATE crm_handover_move m SET undone = TRUE FROM back WHERE back.id = m.id
"""


class CrmHandover(models.Model):
    """Sales teams follow the successor, as when a salesperson is changed by hand."""

    _inherit = "crm.handover"

    def _change_team(self, matter):
        """One statement per successor who has a team, whatever he takes over."""
        if not matter.team:
            return
        for user in self._get_takers():
            if team := self._get_team(user, matter):
                parts = self._get_parts(matter)
                parts.pop("uid")
                fits = self._get_stage_condition(matter, team)
                statement = SQL(CHANGE, team=team.id, user=user.id, fits=fits, **parts)
                self.env.cr.execute(statement)

    def _give_team_back(self, matter):
        if matter.team:
            self.env.cr.execute(SQL(GIVE_BACK, **self._get_parts(matter)))

    def _get_team(self, user, matter):
        """The successor's own team for such documents; none where he has none."""
        teams = self.env["crm.team"].search(
            [
                ("company_id", "in", [self.company_id.id, False]),
                "|",
                ("user_id", "=", user.id),
                ("member_ids", "in", user.ids),
            ]
        )
        return teams.filtered_domain(list(matter.team))[:1]

    def _get_stage_condition(self, matter, team):
        stage = self.env[matter.model]._fields.get("stage_id")
        field = stage and self.env[stage.comodel_name]._fields.get("team_ids")
        if not field or field.comodel_name != "crm.team":
            return SQL("TRUE")
        return SQL(
            STAGE_FITS,
            rel=SQL.identifier(field.relation),
            stage=SQL.identifier(field.column1),
            of=SQL.identifier(field.column2),
            team=team.id,
        )
