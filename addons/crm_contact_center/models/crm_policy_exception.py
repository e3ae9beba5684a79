from odoo import api, fields, models
from odoo.tools import SQL

LATE = """
    SELECT i.id * 10 + 4, 'late', COALESCE(i.first_response_at, i.deadline),
           COALESCE(p.commercial_partner_id, p.id), i.company_id, NULL::int, i.agent_id,
           NULL::int, 'response_late', FALSE,
           GREATEST(i.late_hours, EXTRACT(epoch FROM
               (now() AT TIME ZONE 'UTC') - i.deadline) / 3600)::float8,
           'crm.work.item', i.id
      FROM crm_work_item i JOIN res_partner p ON p.id = i.partner_id
     WHERE i.late_hours > 0
        OR (i.state IN ('waiting', 'assigned', 'customer')
            AND i.deadline < now() AT TIME ZONE 'UTC')
"""


class CrmPolicyException(models.Model):
    """An answer that came later than promised is an exception, too."""

    _inherit = "crm.policy.exception"
    _depends = {
        "crm.work.item": ["late_hours", "deadline", "state", "agent_id", "partner_id"]
    }

    kind = fields.Selection(selection_add=[("late", "Answered Too Late")])

    @api.model
    def _get_parts(self):
        return [*super()._get_parts(), SQL(LATE)]
