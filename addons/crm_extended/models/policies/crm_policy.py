from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .rules import WEIGHTS

STATES = [
    ("draft", "Draft"),
    ("active", "Active"),
    ("replaced", "Replaced"),
    ("withdrawn", "Withdrawn"),
]


class CrmPolicy(models.Model):
    """One version of the rules of conduct towards a segment.

    A draft can be edited. What holds, or held, never changes: whoever wants it
    otherwise makes a new version, so that it can be told who decided what, when and
    why. A rule that is left empty is not decided by the policy.
    """

    _name = "crm.policy"
    _inherit = ["crm.kept.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Policy"
    _order = "sequence, name, version desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    segment_id = fields.Many2one(
        "crm.segment",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Whom it holds for; contact persons follow their company",
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: holds in all companies"
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        ondelete="restrict",
        help="Holds for orders of this team only. Empty: for all teams",
    )
    sequence = fields.Integer(
        string="Priority",
        default=10,
        tracking=True,
        help="Where several policies decide the same, the lowest number wins",
    )
    description = fields.Text(
        translate=True, help="What it is for, in words that everybody here understands"
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True
    )
    version = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    root_id = fields.Many2one(
        "crm.policy", readonly=True, copy=False, index="btree_not_null"
    )
    previous_id = fields.Many2one("crm.policy", readonly=True, copy=False)
    reason = fields.Text(
        string="Why", copy=False, help="Why this version is made; stays in the history"
    )
    activated_at = fields.Datetime(string="Active Since", readonly=True, copy=False)
    activated_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    ended_at = fields.Datetime(string="Ended", readonly=True, copy=False)
    ended_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        check_company=True,
        ondelete="restrict",
        help="Set on the customer; its quotations begin with it",
    )
    limits_discount = fields.Boolean(string="Limit Discounts")
    max_discount = fields.Float(
        string="Maximum Discount (%)",
        help="More than this, beyond the price list, must be approved",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        check_company=True,
        ondelete="restrict",
        help="Set on the customer",
    )
    limits_credit = fields.Boolean(string="Limit Credit")
    credit_limit = fields.Float(
        help="Set on the customer, in the company's currency. Odoo warns when it is "
        "passed, if credit limits are on in the settings of Invoicing"
    )
    holds_credit = fields.Boolean(
        string="Hold Orders over the Limit",
        help="An order that takes the customer over the limit needs approval",
    )
    delivery_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")],
        help="Of the deliveries of confirmed orders, where Inventory is installed",
    )
    delivery_days = fields.Integer(
        string="Delivery Within (Days)",
        help="Becomes the delivery date of an order that names none. 0: not decided",
    )
    response_hours = fields.Float(
        string="Answer Within (Hours)", help="In the contact centre. 0: not decided"
    )
    resolution_hours = fields.Float(
        string="Solve Within (Hours)", help="In the contact centre. 0: not decided"
    )
    work_priority = fields.Selection(WEIGHTS, string="Priority in Queues")
    way_ids = fields.One2many(
        "crm.policy.way", "policy_id", string="Channels", copy=True
    )
    contact_cap = fields.Integer(
        string="At Most (Contacts)",
        help="Campaigns, SMS and calls to the customer. 0: no cap",
    )
    contact_cap_days = fields.Integer(string="Within (Days)", default=30)
    authority_ids = fields.One2many(
        "crm.policy.authority", "policy_id", string="Who Decides", copy=True
    )
    plan_ids = fields.One2many(
        "crm.policy.plan", "policy_id", string="Activity Plans", copy=True
    )
    escalate_hours = fields.Float(
        string="Escalate After (Hours)",
        help="Approvals and late work that nobody took up for so long",
    )
    escalate_user_id = fields.Many2one("res.users", string="Escalate To")
    greeting = fields.Char(translate=True, help="How the customer is addressed")
    offer_text = fields.Html(
        string="Text of Offers",
        translate=True,
        help="Begins the terms of new quotations, in the customer's language",
    )
    precedence_ids = fields.One2many(
        "crm.policy.precedence", "policy_id", string="Own Priority per Rule", copy=True
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    member_count = fields.Integer(string="Customers", compute="_compute_counts")
    effect_count = fields.Integer(string="Set Values", compute="_compute_counts")
    history_ids = fields.Many2many("crm.policy", compute="_compute_history_ids")
    draft_id = fields.Many2one("crm.policy", compute="_compute_history_ids")

    _active_uniq = models.UniqueIndex(
        "(root_id) WHERE state = 'active'",
        "Another version of this policy is active already.",
    )
    _draft_uniq = models.UniqueIndex(
        "(root_id) WHERE state = 'draft'",
        "A new version of this policy is being prepared already.",
    )
    _segment_idx = models.Index("(segment_id) WHERE state = 'active'")
    _discount_range = models.Constraint(
        "CHECK (max_discount BETWEEN 0 AND 100)",
        "The maximum discount is between 0 and 100 percent.",
    )
    _amounts = models.Constraint(
        "CHECK (credit_limit >= 0 AND credit_limit < 1e12)",
        "The credit limit is between 0 and a billion of thousands.",
    )
    _times = models.Constraint(
        "CHECK (response_hours BETWEEN 0 AND 8760 AND resolution_hours BETWEEN 0 AND "
        "8760 AND escalate_hours BETWEEN 0 AND 8760 AND delivery_days BETWEEN 0 AND "
        "365)",
        "Times are between 0 and a year.",
    )
    _cap = models.Constraint(
        "CHECK (contact_cap BETWEEN 0 AND 1000 AND contact_cap_days BETWEEN 1 AND 365)",
        "A cap is at most 1000 contacts within 1 to 365 days.",
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "These follow from the steps of the policy (Activate, New Version, "
            "Withdraw): %(fields)s.",
            fields=labels,
        )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = self.env._(
                "%(name)s (version %(version)s)",
                name=policy.name or "",
                version=policy.version,
            )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for policy in self:
            policy.currency_id = (policy.company_id or self.env.company).currency_id

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        members = dict(
            self.env["crm.segment.member"]._read_group(
                [("segment_id", "in", self.segment_id.ids), ("valid_to", "=", False)],
                ["segment_id"],
                ["__count"],
            )
        )
        effects = dict(
            self.env["crm.policy.effect"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.member_count = members.get(policy.segment_id, 0)
            policy.effect_count = effects.get(policy._origin, 0)

    def _compute_history_ids(self):
        versions = self.search(
            [("root_id", "in", self.root_id.ids)], order="version desc"
        )
        by_root = versions.grouped("root_id")
        for policy in self:
            policy.history_ids = by_root.get(policy.root_id, policy._origin)
            policy.draft_id = policy.history_ids.filtered(lambda p: p.state == "draft")

    @api.constrains("company_id", "pricelist_id", "payment_term_id")
    def _check_shared(self):
        """What holds in all companies names nothing that belongs to one."""
        for policy in self.filtered(lambda p: not p.company_id):
            for value in (policy.pricelist_id, policy.payment_term_id):
                if value.sudo().company_id:
                    raise ValidationError(
                        self.env._(
                            "%(value)s belongs to %(company)s, but the policy holds in "
                            "all companies. Choose the company of the policy, or "
                            "something that all companies share.",
                            value=value.display_name,
                            company=value.sudo().company_id.name,
                        )
                    )

    @api.constrains("escalate_hours", "escalate_user_id")
    def _check_escalation(self):
        for policy in self:
            if policy.escalate_hours and not policy.escalate_user_id:
                raise ValidationError(
                    self.env._("Say to whom %(name)s escalates.", name=policy.name)
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        for policy in policies.filtered(lambda p: not p.root_id):
            policy.sudo().root_id = policy
        return policies

    def write(self, vals):
        if not self.env.su and vals.keys() - self._get_free_names():
            self._check_draft()
        result = super().write(vals)
        if vals.keys() - self._get_free_names():
            self._forget_rules()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        if any(policy.state != "draft" for policy in self):
            raise UserError(
                self.env._(
                    "A policy that held once stays in the history. Withdraw it instead."
                )
            )

    @api.model
    def _get_free_names(self):
        """Fields that say nothing of the rules: conversation about a policy."""
        mixins = ("mail.thread", "mail.activity.mixin")
        return {name for mixin in mixins for name in self.env[mixin]._fields}

    def _check_draft(self):
        """:raises UserError: a version is no draft any more"""
        for policy in self:
            if policy.state != "draft":
                raise UserError(
                    self.env._(
                        "%(name)s is not a draft: what holds is not edited. Press New "
                        "Version, change that and activate it.",
                        name=policy.display_name,
                    )
                )
