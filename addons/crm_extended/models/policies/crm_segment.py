from odoo import api, models
from odoo.tools import SQL

WHO = """
    SELECT DISTINCT partner_id FROM crm_segment_member
     WHERE id = ANY(%(stays)s) AND segment_id = ANY(%(segments)s)
"""


class CrmSegment(models.Model):
    _inherit = "crm.segment"

    @api.model
    def _members_changed(self, entered_ids, left_ids):
        """Customers who came or went get, or give back, what policies set."""
        result = super()._members_changed(entered_ids, left_ids)
        policies = self.env["crm.policy"].sudo()
        ruled = {policy.segment_id for policy in policies._get_rules()}
        if ruled:
            query = SQL(WHO, stays=[*entered_ids, *left_ids], segments=list(ruled))
            policies._apply([partner for (partner,) in self.env.execute_query(query)])
        return result
