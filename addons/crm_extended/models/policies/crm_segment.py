from odoo import models


class CrmSegment(models.Model):
    _inherit = "crm.segment"

    def _members_changed(self, entered_ids, left_ids):
        """Customers who came or went get, or give back, what policies set."""
        before = getattr(super(), "_members_changed", None)
        result = before(entered_ids, left_ids) if before else None
        policies = self.env["crm.policy"].sudo()
        if {policy.segment_id for policy in policies._get_rules()}.intersection(
            self.ids
        ):
            policies._apply([*entered_ids, *left_ids])
        return result
