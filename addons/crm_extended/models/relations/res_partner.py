from odoo import fields, models

from ...view_relation import ViewMany2many
from . import crm_kind, crm_relation

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """What the customer is and whom it belongs to, kept beside the row."""

    _inherit = "res.partner"

    kind_ids = crm_kind.KindMany2many(
        "crm.kind",
        relation=crm_kind.PAIRS,
        column1="partner_id",
        column2="kind_id",
        depends=crm_kind.READ,
        string="Kinds",
        groups=GROUP,
        help="What the customer is; follows from its data and its relations",
    )
    relation_role_ids = ViewMany2many(
        "crm.relation.role",
        relation=crm_relation.PAIRS,
        column1="partner_id",
        column2="role_id",
        string="Roles",
        groups=GROUP,
        help="How the customer is related to others today",
    )
    crm_relation_ids = fields.One2many(
        "crm.relation", "partner_id", string="Relations", copy=False, groups=GROUP
    )

    def action_open_relations(self):
        """Open the customer's relations, past ones included."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_relation"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.id)],
            "context": {"default_partner_id": self.id},
        }
