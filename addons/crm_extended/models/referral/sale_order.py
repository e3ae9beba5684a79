from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.http import request

from ...referrals import code as codes

COOKIE = "crm_referral"


class ReferralDocument(models.AbstractModel):
    """A document on which a new customer's referral code is noted."""

    _name = "crm.referral.document"
    _description = "Document with a Referral Code"

    referral_code = fields.Char(
        copy=False, help="The code of the customer who sent this one"
    )

    @api.constrains("referral_code")
    def _check_referral_code(self):
        for document in self.filtered("referral_code"):
            found = self.env["crm.referral.code"]._find(
                document.referral_code, document.company_id
            )
            if not found:
                raise ValidationError(
                    self.env._(
                        "Nobody has the referral code %(code)s. Correct it, or leave "
                        "it empty.",
                        code=document.referral_code,
                    )
                )

    def _attribute_referral(self, via):
        """Note who brought the customers of these documents."""
        for document in self.filtered("referral_code"):
            code = self.env["crm.referral.code"]._find(
                document.referral_code, document.company_id
            )
            if code and document.partner_id:
                self.env["crm.referral"]._attribute(document.partner_id, code, via)


class SaleOrder(models.Model):
    """A confirmed order says who brought its customer."""

    _name = "sale.order"
    _inherit = ["sale.order", "crm.referral.document"]

    def action_confirm(self):
        result = super().action_confirm()
        self._attribute_referral("order")
        return result


class CrmLead(models.Model):
    """A lead keeps the code until there is a customer."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.referral.document"]

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._attribute_referral("lead")
        return leads

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals or "referral_code" in vals:
            self._attribute_referral("lead")
        return result


class ResUsers(models.Model):
    """Who signs up after following a referral link was brought by its owner."""

    _inherit = "res.users"

    @api.model
    def signup(self, values, token=None):
        result = super().signup(values, token)
        code = None
        if request and not token:  # with a token it is a customer we know
            code = codes.clean(request.cookies.get(COOKIE))
        if code:
            user = self.sudo().search([("login", "=", values.get("login"))], limit=1)
            found = self.env["crm.referral.code"]._find(code)
            if user and found:
                self.env["crm.referral"]._attribute(user.partner_id, found, "link")
        return result
