from odoo import api, fields, models

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """The customer shows which policy decides what, since when and why."""

    _inherit = "res.partner"

    policy_effect_ids = fields.One2many(
        "crm.policy.effect",
        "partner_id",
        string="Set by Policies",
        readonly=True,
        groups=GROUP,
    )
    policy_override_ids = fields.One2many(
        "crm.policy.override",
        "partner_id",
        string="Exceptions from Policies",
        readonly=True,
        groups=GROUP,
    )
    policy_text = fields.Html(
        string="Policies", compute="_compute_policy_text", groups=GROUP
    )

    @api.depends_context("uid", "company", "lang")
    def _compute_policy_text(self):
        """Read by the form of one customer; lists do not show it."""
        policies = self.env["crm.policy"]
        active = policies._get_rules()
        for partner in self:
            told = active and policies._tell_conduct(partner._origin, self.env.company)
            partner.policy_text = policies._to_table(told) if told else False

    def action_ask_policy_override(self):
        """Open an empty request that a rule holds otherwise for this customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for an Exception"),
            "res_model": "crm.policy.override",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    def action_open_policy_overrides(self):
        """Open the exceptions of the customer, also those that ended."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_policy_override"
        )
        owner = self.commercial_partner_id
        return {
            **action,
            "domain": [("partner_id", "=", owner.id)],
            "context": {"default_partner_id": owner.id},
        }
