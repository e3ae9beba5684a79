from odoo import api, fields, models
from odoo.exceptions import UserError

from ...referrals import code as codes


class ReferralCode(models.Model):
    """A customer's code, and the link with it, that brings other customers.

    A code is drawn at random and says nothing about its owner. When it was passed on
    too widely it is replaced: the old one brings nobody any more, what it brought
    stays.
    """

    _name = "crm.referral.code"
    _description = "Referral Code"
    _inherit = ["crm.kept.mixin"]
    _order = "id desc"
    _rec_name = "code"

    code = fields.Char(readonly=True, required=True, copy=False)
    program_id = fields.Many2one(
        "crm.referral.program", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    active = fields.Boolean(default=True, readonly=True)
    link = fields.Char(compute="_compute_link")
    visits = fields.Integer(readonly=True, help="How often the link was followed")

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is given already.")
    _one = models.UniqueIndex(
        "(program_id, partner_id) WHERE active",
        "A customer has one code of a programme.",
    )

    @api.depends("code")
    def _compute_link(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        for code in self:
            code.link = f"{base}/r/{code.code}"

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "A code is drawn and never entered: %(fields)s.", fields=labels
        )

    @api.model
    def _get_codes(self, partners, program=None):
        """{partner id: `crm.referral.code`}, made where there is none.

        :param partners: `res.partner`; their commercial entities own the codes
        :raises UserError: the company has no referral programme
        """
        program = program or self.env["crm.referral.program"]._get_current()
        if not program:
            raise UserError(
                self.env._(
                    "There is no referral programme in %(company)s. Create one under "
                    "Loyalty / Referral Programmes.",
                    company=self.env.company.name,
                )
            )
        customers = partners.sudo().commercial_partner_id
        own = [("program_id", "=", program.id), ("partner_id", "in", customers.ids)]
        found = self.sudo().search(own)
        held = {code.partner_id.id: code for code in found}
        missing = [id_ for id_ in customers.ids if id_ not in held]
        made = self.sudo().create(
            [
                {"code": codes.make(), "program_id": program.id, "partner_id": id_}
                for id_ in missing
            ]
        )
        held.update({code.partner_id.id: code for code in made})
        return {
            partner.id: held[partner.sudo().commercial_partner_id.id]
            for partner in partners
        }

    def action_rotate(self):
        """Replace the code by a new one; the old one brings nobody any more."""
        self.ensure_one()
        self.check_access("write")
        self.sudo().active = False
        self._get_codes(self.partner_id, self.program_id)
        return True

    @api.model
    def _find(self, text, company=None):
        """The code that somebody typed or followed, empty for anything else."""
        code = codes.clean(text)
        domain = [("code", "=", code)]
        if company:
            domain.append(("company_id", "=", company.id))
        return self.sudo().search(domain) if code else self.browse()

    @api.model
    def _visit(self, text):
        """Count a visit; :return: the path of our site that the link leads to.

        A code that nobody has leads where the company's programme leads.
        """
        code = self._find(text)
        program = code.program_id or self.env["crm.referral.program"]._get_current()
        if code:
            # a count is no edit, and two visits at once must not fail
            self.env.cr.execute(
                "UPDATE crm_referral_code SET visits = COALESCE(visits, 0) + 1 "
                "WHERE id = (SELECT id FROM crm_referral_code WHERE id = %s "
                "FOR UPDATE SKIP LOCKED)",
                [code.id],
            )
            code.invalidate_recordset(["visits"], flush=False)
        path = program.landing_path
        return path if codes.is_local(path) else "/"
