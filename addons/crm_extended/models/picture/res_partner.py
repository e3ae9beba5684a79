from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    lifecycle_ids = fields.One2many(
        "crm.lifecycle",
        "partner_id",
        string="Phase",
        domain=[("valid_to", "=", False)],
        readonly=True,
        groups="crm_extended.group_customer_user",
    )

    def action_open_picture(self):
        """Open everything known of the customer on one page."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id(
            "crm_extended.action_picture"
        )
        return {
            **action,
            "name": self.display_name,
            "context": {"active_id": self.id, "active_model": self._name},
        }
