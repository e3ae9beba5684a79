from odoo import api, fields, models
from odoo.exceptions import UserError

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """The customer's own referral code, who brought it and whom it brought."""

    _inherit = "res.partner"

    referral_code_ids = fields.One2many(
        "crm.referral.code", "partner_id", string="Referral Codes", groups=GROUP
    )
    referral_ids = fields.One2many(
        "crm.referral",
        "referrer_id",
        string="Brought Customers",
        readonly=True,
        groups=GROUP,
    )
    referred_ids = fields.One2many(
        "crm.referral", "friend_id", string="Brought By", readonly=True, groups=GROUP
    )
    referral_count = fields.Integer(
        string="Referrals", compute="_compute_referral_count", groups=GROUP
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_referral_count(self):
        groups = self.env["crm.referral"]._read_group(
            [("referrer_id", "in", self._origin.ids)], ["referrer_id"], ["__count"]
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.referral_count = counts.get(partner._origin.id, 0)

    def action_make_referral_code(self):
        """Give the customer a code with a link, if there is none yet."""
        self.check_access("read")
        if not self.env.user.has_group("crm_extended.group_loyalty_user"):
            raise UserError(
                self.env._("Codes are given by people who work with loyalty.")
            )
        self.env["crm.referral.code"]._get_codes(self)
        return True

    def action_open_referrals(self):
        """Open whom the customer brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_referral"
        )
        return {**action, "domain": [("referrer_id", "=", self.id)], "context": {}}


class CrmReferralEntry(models.TransientModel):
    """A customer says at the counter who sent it: the code is typed in by hand."""

    _name = "crm.referral.entry"
    _description = "Enter a Referral Code"

    partner_id = fields.Many2one(
        "res.partner",
        string="New Customer",
        required=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    code = fields.Char(string="Referral Code", required=True)

    def action_enter(self):
        """Note that the customer was brought by the owner of the code."""
        self.ensure_one()
        self.check_access("write")
        self.partner_id.check_access("read")
        referrals = self.env["crm.referral"]
        code = self.env["crm.referral.code"]._find(self.code, self.env.company)
        if not code:
            raise UserError(
                self.env._(
                    "Nobody has the code %(code)s. Compare it with the customer's.",
                    code=self.code,
                )
            )
        if not referrals._attribute(self.partner_id, code, "hand"):
            raise UserError(
                self.env._(
                    "%(name)s was brought by somebody already, or is the owner of the "
                    "code.",
                    name=self.partner_id.display_name,
                )
            )
        return {"type": "ir.actions.act_window_close"}
