from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .rules import OVERRIDABLE, RULES

MANAGER = "crm_extended.group_policy_manager"


class CrmPolicyOverride(models.Model):
    """For one customer a rule holds otherwise: since when, until when, who and why.

    Anybody who serves customers may ask for it; a policy manager grants it. What is
    granted is ended, never edited.
    """

    _name = "crm.policy.override"
    _inherit = ["crm.kept.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Override of a Policy"
    _order = "id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    rule = fields.Selection(
        [rule for rule in RULES if rule[0] in OVERRIDABLE],
        required=True,
        default="pricelist",
        tracking=True,
    )
    suspends = fields.Boolean(
        string="No Policy",
        help="No policy decides the rule for this customer; its own value comes back",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist", string="Price List", check_company=True, ondelete="cascade"
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        check_company=True,
        ondelete="cascade",
    )
    number = fields.Float(
        string="Instead", help="Percent, hours, days or an amount, as the rule has it"
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="Until", help="Last day. Empty: until it is ended")
    reason = fields.Text(string="Why", required=True, tracking=True)
    state = fields.Selection(
        [
            ("asked", "Asked For"),
            ("granted", "Granted"),
            ("refused", "Refused"),
            ("ended", "Ended"),
        ],
        default="asked",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided On", readonly=True, copy=False)
    is_valid = fields.Boolean(string="Holds Today", compute="_compute_is_valid")
    value_text = fields.Char(string="Holds", compute="_compute_value_text")

    _holds_idx = models.Index("(partner_id, company_id) WHERE state = 'granted'")
    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "An override ends on the day it begins, or later.",
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "These follow from who asks and who grants: %(fields)s.", fields=labels
        )

    @api.depends("partner_id", "rule")
    @api.depends_context("lang")
    def _compute_display_name(self):
        rules = dict(self._fields["rule"]._description_selection(self.env))
        for override in self:
            override.display_name = (
                f"{override.partner_id.name or ''}: {rules.get(override.rule, '')}"
            )

    @api.depends("state", "date_from", "date_to")
    def _compute_is_valid(self):
        today = fields.Date.context_today(self)
        for override in self:
            override.is_valid = bool(
                override.state == "granted"
                and override.date_from
                and override.date_from <= today
                and (not override.date_to or override.date_to >= today)
            )

    @api.depends("rule", "suspends", "pricelist_id", "payment_term_id", "number")
    @api.depends_context("lang")
    def _compute_value_text(self):
        for override in self:
            override.value_text = override._tell_value()

    def _tell_value(self):
        if self.suspends:
            return self.env._("No policy")
        kind = OVERRIDABLE.get(self.rule)
        if kind == "pricelist":
            return self.pricelist_id.display_name
        if kind == "term":
            return self.payment_term_id.display_name
        return self.env["crm.policy"]._tell_rule(self.rule, self.number)

    @api.constrains("rule", "suspends", "pricelist_id", "payment_term_id", "number")
    def _check_value(self):
        for override in self.filtered(lambda o: not o.suspends):
            kind = OVERRIDABLE[override.rule]
            missing = (kind == "pricelist" and not override.pricelist_id) or (
                kind == "term" and not override.payment_term_id
            )
            if missing:
                raise ValidationError(
                    self.env._("Say what holds instead, or tick “No Policy”.")
                )
            top = 100 if override.rule == "max_discount" else 1e12
            if kind == "number" and not 0 <= override.number <= top:
                raise ValidationError(
                    self.env._(
                        "%(number)s is no possible value of this rule.",
                        number=override.number,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(vals_list)
        for override in overrides:
            owner = override.partner_id.commercial_partner_id
            if override.partner_id != owner:
                override.partner_id = owner
        return overrides

    def write(self, vals):
        talk = self.env["mail.thread"]._fields | self.env["mail.activity.mixin"]._fields
        if not self.env.su and vals.keys() - talk.keys():
            self._check_asked()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_asked(self):
        self._check_asked()

    def _check_asked(self):
        if any(override.state != "asked" for override in self):
            raise UserError(
                self.env._(
                    "What was decided is not edited. End it, and ask for another one."
                )
            )

    # ------------------------------------------------------------------ buttons

    def action_grant(self):
        """Let it hold from its first day on.

        :raises AccessError: the user is no policy manager
        """
        self._decide("granted", "asked")
        return True

    def action_refuse(self):
        """Say no; it stays in the history."""
        self._decide("refused", "asked")
        return True

    def action_end(self):
        """From now on the policies hold again."""
        self._decide("ended", "granted")
        return True

    def _decide(self, state, before):
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only policy managers decide on overrides. Ask one of them.")
            )
        if any(override.state != before for override in self):
            raise UserError(self.env._("Somebody decided on it already."))
        vals = {
            "state": state,
            "decided_by_id": self.env.uid,
            "decided_at": fields.Datetime.now(),
        }
        if state == "ended":
            vals.pop("decided_by_id")
        self.sudo().write(vals)
        if state != "refused":
            self.env["crm.policy"].sudo()._apply(self.partner_id.ids)
