from odoo import api, fields, models
from odoo.fields import Domain

from ...view_relation import ViewMany2many
from .crm_loyalty_tier_member import CURRENT

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """The customer's loyalty levels, kept beside the row."""

    _inherit = "res.partner"

    loyalty_tier_ids = ViewMany2many(
        "crm.loyalty.tier.level",
        relation=CURRENT,
        column1="partner_id",
        column2="level_id",
        string="Loyalty Levels",
        groups=GROUP,
        help="Levels the customer is on now",
    )
    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier.level",
        string="Loyalty Level",
        compute="_compute_loyalty_tier_id",
        search="_search_loyalty_tier_id",
        groups=GROUP,
        help="The level on the company's first ladder",
    )
    loyalty_tier_member_ids = fields.One2many(
        "crm.loyalty.tier.member",
        "partner_id",
        string="Stays on Levels",
        domain=[("valid_to", "=", False)],
        readonly=True,
        groups=GROUP,
    )

    @api.depends("loyalty_tier_member_ids.level_id")
    @api.depends_context("company", "uid", "allowed_company_ids")
    def _compute_loyalty_tier_id(self):
        """One query for the page; a contact has the level of its company."""
        self.loyalty_tier_id = False
        members = self.env["crm.loyalty.tier.member"].search_fetch(
            [
                ("partner_id", "in", self.commercial_partner_id._origin.ids),
                ("valid_to", "=", False),
                ("company_id", "=", self.env.company.id),
            ],
            ["partner_id", "level_id", "tier_id"],
        )
        held = {}
        for member in members.sorted(lambda m: (m.tier_id.sequence, m.tier_id.id)):
            held.setdefault(member.partner_id.id, member.level_id)
        for partner in self:
            partner.loyalty_tier_id = held.get(partner.commercial_partner_id._origin.id)

    @api.model
    def _search_loyalty_tier_id(self, operator, value):
        if operator not in ("in", "any", "ilike", "like", "=like", "=ilike"):
            return NotImplemented
        members = Domain("valid_to", "=", False)
        members &= Domain("company_id", "=", self.env.company.id)
        path = "commercial_partner_id.loyalty_tier_member_ids"
        if operator != "in":
            return Domain(path, "any", members & Domain("level_id", operator, value))
        levels = [id_ for id_ in value if id_]
        domain = Domain(path, "any", members & Domain("level_id", "in", levels))
        if len(levels) < len(value):
            domain |= Domain(path, "not any", members)
        return domain


class ResPartnerBadge(models.Model):
    """The customer's badges, and how far the open ones are."""

    _inherit = "res.partner"

    loyalty_award_ids = fields.One2many(
        "crm.loyalty.badge.award",
        "partner_id",
        string="Earned Badges",
        readonly=True,
        groups=GROUP,
    )
    loyalty_badges = fields.Json(
        string="Badges and Challenges", compute="_compute_loyalty_badges", groups=GROUP
    )

    @api.depends_context("company", "lang")
    def _compute_loyalty_badges(self):
        """For a form: a query per open badge and customer."""
        badges = self.env["crm.loyalty.badge"]
        for partner in self:
            partner.loyalty_badges = (
                badges._get_progress(partner) if partner._origin.id else False
            )
