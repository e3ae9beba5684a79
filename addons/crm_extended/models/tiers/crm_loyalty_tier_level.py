from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyTierLevel(models.Model):
    """One level of a ladder: what it takes to get there and what it brings.

    A level without rules is where everyone of the audience begins. Price lists, service
    levels and terms of a level are those of the policy of a segment with the condition
    on the level, so that one place decides them; what is kept here besides is what the
    level itself gives: a gift at promotion, free delivery, words for the member.
    """

    _name = "crm.loyalty.tier.level"
    _description = "Loyalty Level"
    _inherit = ["image.mixin"]
    _order = "tier_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    tier_id = fields.Many2one(
        "crm.loyalty.tier",
        string="Tiers",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="tier_id.company_id", store=True)
    sequence = fields.Integer(default=10, help="The lowest level comes first")
    active = fields.Boolean(default=True)
    color = fields.Integer()
    match = fields.Selection(
        [("all", "all of"), ("any", "any of")], default="all", required=True
    )
    rule_ids = fields.One2many("crm.loyalty.tier.rule", "level_id", copy=True)
    rules_text = fields.Char(string="Needs", compute="_compute_rules_text")
    benefit_text = fields.Html(
        string="Benefits in Words",
        translate=True,
        help="What members read about this level",
    )
    gift_program_id = fields.Many2one(
        "loyalty.program",
        string="Gift at Promotion",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', 'in', ('coupons', 'gift_card', 'ewallet'))]",
        help="Whoever gets to this level for the first time is given a coupon of it",
    )
    gift_points = fields.Float(
        string="Value of the Gift",
        default=1.0,
        help="Points on the coupon; money on a gift card or e-wallet",
    )
    delivery_program_id = fields.Many2one(
        "loyalty.program",
        string="Free Delivery",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', 'in', ('coupons', 'loyalty', 'promo_code'))]",
        help="Programme whose reward is free delivery. Each member of the level holds "
        "a coupon of it for as long as the level is held",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        check_company=True,
        help="Shown to members. A policy of the level's segment applies it",
    )
    service_level = fields.Char(
        translate=True, help="Such as: answer within four hours, own line"
    )
    promotion_template_id = fields.Many2one(
        "mail.template",
        string="Mail at Promotion",
        domain="[('model', '=', 'crm.loyalty.tier.member')]",
    )
    member_count = fields.Integer(compute="_compute_member_count")

    @api.depends("name", "tier_id.name")
    @api.depends_context("tier_named")
    def _compute_display_name(self):
        for level in self:
            level.display_name = level.name
            if self.env.context.get("tier_named"):
                level.display_name = f"{level.tier_id.name}: {level.name}"

    @api.depends("match", "rule_ids.kind", "rule_ids.minimum", "rule_ids.segment_id")
    def _compute_rules_text(self):
        for level in self:
            glue = self.env._(" or ") if level.match == "any" else ", "
            words = [rule._describe() for rule in level.rule_ids]
            level.rules_text = glue.join(words) or self.env._("Nothing: all begin here")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_member_count(self):
        groups = self.env["crm.loyalty.tier.member"]._read_group(
            [("level_id", "in", self.ids), ("valid_to", "=", False)],
            ["level_id"],
            ["__count"],
        )
        counts = {level.id: count for level, count in groups}
        for level in self:
            level.member_count = counts.get(level._origin.id, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        domain = [
            "|",
            ("level_id", "in", self.ids),
            ("previous_level_id", "in", self.ids),
        ]
        if self.env["crm.loyalty.tier.member"].sudo().search_count(domain, limit=1):
            raise UserError(
                self.env._(
                    "Customers are or were on this level, and their history would be "
                    "lost. Archive the level instead: the next evaluation moves them."
                )
            )

    def action_make_segment(self):
        """Open the segment of this level, made where there is none.

        A policy of it sets price list, terms and service for who is on the level.
        """
        self.ensure_one()
        self.check_access("read")
        segments = self.env["crm.segment"]
        segment = segments.search(
            [
                ("condition_ids", "any", [("level_ids", "in", self.ids)]),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        if not segment:
            condition = {"subject": "tier", "level_ids": [fields.Command.set(self.ids)]}
            segment = segments.create(
                {
                    "name": f"{self.tier_id.name}: {self.name}",
                    "company_id": self.company_id.id,
                    "color": self.color,
                    "condition_ids": [fields.Command.create(condition)],
                }
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.segment",
            "res_id": segment.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_members(self):
        """Open who is on this level now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_loyalty_tier_member"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("level_id", "=", self.id)],
            "context": {"search_default_current": 1},
        }
