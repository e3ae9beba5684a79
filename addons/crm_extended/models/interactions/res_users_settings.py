from odoo import models
from odoo.tools import SQL


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    def write(self, vals):
        """Whoever makes the whole calendar private takes its meetings out of sight."""
        changed = self.browse()
        if "calendar_default_privacy" in vals:
            privacy = vals["calendar_default_privacy"]
            changed = self.filtered(lambda s: s.calendar_default_privacy != privacy)
        done = super().write(vals)
        if changed:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """INSERT INTO crm_interaction_pending (model, origin_id)
                       SELECT 'calendar.event', id FROM calendar_event
                        WHERE user_id IN %s AND privacy IS NULL""",
                    tuple(changed.user_id.ids),
                )
            )
        return done
