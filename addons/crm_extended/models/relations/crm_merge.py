from odoo import models


class CrmMerge(models.Model):
    _inherit = "crm.merge"

    def _unite(self, chosen):  # pylint: disable=missing-return
        """Relations move with the customers, and may not close a circle by that.

        :raises ValidationError: when somebody would stand above itself; nothing is
            merged then
        """
        super()._unite(chosen)
        targets = self.partner_id.ids
        # sudo: of every company; only the names at the circle are told
        relations = self.env["res.partner.relation"].sudo()
        relations.search(
            [
                "|",
                ("left_partner_id", "in", targets),
                ("right_partner_id", "in", targets),
            ]
        )._check_circle()
        relations._forget_views()
