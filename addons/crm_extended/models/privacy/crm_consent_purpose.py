from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

BASES = [
    ("consent", "Consent"),
    ("contract", "Contract"),
    ("interest", "Legitimate Interest"),
    ("legal", "Legal Duty"),
    ("vital", "Vital Interest"),
    ("public", "Public Task"),
]
DUTIES = ("contract", "legal", "vital", "public")  # need nobody's consent
UNKNOWN = [
    ("no", "Only who agreed"),
    ("customers", "Customers until they object, others when they agreed"),
    ("yes", "Everybody until they object"),
]


class ConsentPurpose(models.Model):
    """Why people are addressed, by which right, and what holds while they said nothing.

    Articles 6 and 21 of the GDPR; customers may be told of similar goods until they
    object by article 13(2) of Directive 2002/58/EC (soft opt-in).
    """

    _name = "crm.consent.purpose"
    _description = "Consent Purpose"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False, help="Short name used by programs")
    sequence = fields.Integer(default=50)
    description = fields.Text(translate=True, help="What is sent, told to the person")
    basis = fields.Selection(
        BASES, string="Legal Basis", required=True, default="consent"
    )
    unknown = fields.Selection(
        UNKNOWN,
        string="Who May Be Addressed",
        required=True,
        default="no",
        help="What holds for people who said nothing about this purpose yet",
    )
    channel_ids = fields.Many2many("crm.consent.channel", string="Channels")
    double_opt_in = fields.Boolean(
        help="A consent counts only when it was confirmed, for example by a link in an "
        "e-mail."
    )
    blocks_address = fields.Boolean(
        string="A refusal blocks the address",
        help="Who refuses is also put on Odoo's list of blocked e-mail addresses or "
        "phone numbers, and gets no mass mailing for any purpose.",
    )
    wording_ids = fields.One2many("crm.consent.wording", "purpose_id", copy=True)
    wording_id = fields.Many2one(
        "crm.consent.wording",
        string="Text Today",
        compute="_compute_wording_id",
        help="The text that people are shown today",
    )
    list_ids = fields.One2many("mailing.list", "purpose_id", string="Mailing Lists")
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: the companies ask together, and an answer holds for all of them.",
    )
    active = fields.Boolean(default=True)
    consent_count = fields.Integer(string="Answers", compute="_compute_consent_count")

    _code_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (code, company_id)",
        "Another purpose of this company has the same code. Choose a different code.",
    )

    @api.constrains("basis", "unknown")
    def _check_unknown(self):
        for purpose in self:
            if purpose.basis == "consent" and purpose.unknown != "no":
                raise ValidationError(
                    self.env._(
                        "Purpose %(purpose)s rests on consent: silence is none. Choose "
                        "“Only who agreed”, or another legal basis.",
                        purpose=purpose.name,
                    )
                )

    @api.depends("wording_ids.valid_from")
    def _compute_wording_id(self):
        today = fields.Date.context_today(self)
        for purpose in self:
            valid = purpose.wording_ids.filtered(
                lambda w: w.valid_from and w.valid_from <= today
            )
            lang = self.env.lang
            mine = valid.filtered(lambda w, lang=lang: w.lang == lang)
            ranked = (mine or valid).sorted("valid_from", reverse=True)
            purpose.wording_id = ranked[:1]

    def _compute_consent_count(self):
        groups = self.env["crm.consent"]._read_group(
            [("purpose_id", "in", self.ids)], ["purpose_id"], ["__count"]
        )
        counts = {purpose.id: count for purpose, count in groups}
        for purpose in self:
            purpose.consent_count = counts.get(purpose.id, 0)

    def action_open_consents(self):
        """Open what people said about the purpose."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_consent"
        )
        return {**action, "domain": [("purpose_id", "=", self.id)], "context": {}}

    @api.model
    def _default_purpose(self):
        """The purpose of a mailing that names none: the strictest first.

        An archived purpose still refuses; no purpose at all means that nobody asks.
        """
        purpose = self.env.ref("crm_extended.consent_purpose_news", False)
        if purpose and purpose.sudo().exists():
            return purpose
        company = self.env.company.id
        return self.sudo().search(
            [("basis", "=", "consent"), ("company_id", "in", [company, False])],
            limit=1,
        )

    @api.model
    def _by_code(self, code):
        """The purpose with this code, the company's own before the shared one.

        :raises UserError: there is none
        """
        found = self.sudo().search(
            [("code", "=", code), ("company_id", "in", [self.env.company.id, False])],
            order="company_id, id",
            limit=1,
        )
        if not found:
            raise UserError(
                self.env._(
                    "There is no consent purpose with the code %(code)s. Create it "
                    "under Privacy, Purposes.",
                    code=code,
                )
            )
        return found.with_env(self.env)

    def _is_duty(self):
        self.ensure_one()
        return self.sudo().basis in DUTIES
