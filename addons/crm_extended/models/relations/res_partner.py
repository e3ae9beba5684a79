from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...view_relation import ViewMany2many
from . import crm_kind, crm_relation
from .res_partner_relation import BY_PARENT, OWNERSHIP

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

    @api.constrains("parent_id", "is_company")
    def _check_relation_circle(self):
        """:raises ValidationError: when a relation says that the parent stands below"""
        below = self.filtered(lambda partner: partner.is_company and partner.parent_id)
        if not below:
            return
        relations = self.env["res.partner.relation"]
        starts = SQL(BY_PARENT, OWNERSHIP, tuple(below.ids))
        if found := relations._find_circle(starts):
            partner = self.browse(found)
            raise ValidationError(
                self.env._(
                    "%(customer)s cannot stand below %(parent)s, which stands below it "
                    "by its relations. End or remove one of them first.",
                    customer=partner.name,
                    parent=partner.parent_id.name,
                )
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
