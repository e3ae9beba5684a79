from odoo import api, fields, models
from odoo.fields import Domain

from ...view_relation import ViewMany2many
from .crm_segment_member import CURRENT

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """The customer's picture: segments, scores, interactions, kept beside the row."""

    _inherit = "res.partner"

    segment_ids = ViewMany2many(
        "crm.segment",
        relation=CURRENT,
        column1="partner_id",
        column2="segment_id",
        string="Segments",
        groups=GROUP,
        help="Segments the customer is in now",
    )
    segment_member_ids = fields.One2many(
        "crm.segment.member",
        "partner_id",
        string="Memberships",
        domain=[("valid_to", "=", False)],
        readonly=True,
        groups=GROUP,
    )
    score_value_ids = fields.One2many(
        "crm.score.value", "partner_id", string="Scores", readonly=True, groups=GROUP
    )
    interaction_ids = fields.One2many(
        "crm.interaction",
        "partner_id",
        string="Interactions",
        readonly=True,
        groups=GROUP,
    )
    source_record_ids = fields.One2many(
        "crm.source.record",
        "partner_id",
        string="Source Records",
        readonly=True,
        groups="crm_extended.group_import_user,crm_extended.group_steward,"
        "crm_extended.group_customer_manager",
    )
    interaction_count = fields.Integer(
        compute="_compute_interaction_count", groups=GROUP
    )
    is_technical = fields.Boolean(
        compute="_compute_is_technical", search="_search_is_technical"
    )

    def _compute_is_technical(self):
        """Our own companies, visitors and the logins of machines: nobody to sell to."""
        technical = set(self.env["crm.exchange"]._technical_partners())
        for partner in self:
            partner.is_technical = partner._origin.id in technical

    def _search_is_technical(self, operator, value):
        if operator != "in":
            return NotImplemented
        technical = self.env["crm.exchange"]._technical_partners()
        return Domain("id", "in" if True in value else "not in", technical)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_interaction_count(self):
        self.interaction_count = 0
        tree = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self._origin.ids)], ["parent_id"]
        )
        groups = self.env["crm.interaction"]._read_group(
            [("partner_id", "in", tree.ids)], ["partner_id"], ["__count"]
        )
        shown = {partner._origin.id: partner for partner in self}
        for partner, count in groups:
            while partner:
                if partner.id in shown:
                    shown[partner.id].interaction_count += count
                partner = partner.parent_id

    def action_open_interactions(self):
        """Open all interactions of the customer and of its contact persons."""
        self.ensure_one()
        return self._open_own("crm_extended.action_interaction", "child_of")

    def action_open_memberships(self):
        """Open the customer's history in segments."""
        self.ensure_one()
        return self._open_own("crm_extended.action_segment_member", "=")

    @api.private
    def _open_own(self, xmlid, operator):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {
            **action,
            "domain": [("partner_id", operator, self.id)],
            "context": {"default_partner_id": self.id},
        }
