from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...conduct.contact import ALLOWED, NEVER, PREFERRED
from ..picture.crm_lifecycle import PHASES
from .rules import RULES


class CrmPolicyPart(models.AbstractModel):
    """A line of a policy: edited while its version is a draft, and never after."""

    _name = "crm.policy.part"
    _description = "Part of a Policy"

    policy_id = fields.Many2one(
        "crm.policy", required=True, index=True, ondelete="cascade"
    )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_draft()
        return parts

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        if "policy_id" in vals:
            self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_of_draft(self):
        self._check_draft()

    def _check_draft(self):
        if not self.env.su:
            self.policy_id._check_draft()


class CrmPolicyWay(models.Model):
    """Whether a channel is used for the customers of a policy, and at what hours."""

    _name = "crm.policy.way"
    _inherit = "crm.policy.part"
    _description = "Channel of a Policy"
    _order = "policy_id, id"

    channel_id = fields.Many2one(
        "crm.consent.channel", required=True, ondelete="restrict"
    )
    stance = fields.Selection(
        [(PREFERRED, "Preferred"), (ALLOWED, "Allowed"), (NEVER, "Never")],
        string="Use",
        default=ALLOWED,
        required=True,
        help="Where a channel is preferred or allowed, channels not named are not used",
    )
    hour_from = fields.Float(string="From", help="By the customer's clock")
    hour_to = fields.Float(string="Until", help="0: midnight")
    workdays = fields.Boolean(string="Monday to Friday")

    _hours = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < 24 AND hour_to >= 0 AND hour_to <= 24)",
        "Hours of a channel are between 0:00 and 24:00.",
    )

    @api.depends("channel_id", "stance")
    @api.depends_context("lang")
    def _compute_display_name(self):
        uses = dict(self._fields["stance"]._description_selection(self.env))
        for way in self:
            way.display_name = f"{way.channel_id.name}: {uses.get(way.stance, '')}"


class CrmPolicyAuthority(models.Model):
    """A group decides alone up to a limit; what is more goes to who may decide it."""

    _name = "crm.policy.authority"
    _inherit = "crm.policy.part"
    _description = "Right to Decide"
    _order = "policy_id, kind, amount, id"

    kind = fields.Selection(
        [
            ("discount", "Discount (%)"),
            ("credit", "Credit"),
            ("refund", "Refund"),
        ],
        string="What",
        required=True,
        default="discount",
    )
    group_id = fields.Many2one(
        "res.groups", string="Who", required=True, ondelete="cascade"
    )
    amount = fields.Float(
        string="Up To",
        help="Percent of discount beyond the price list; total credit, or one credit "
        "note, in the company's currency",
    )

    _kind_uniq = models.Constraint(
        "UNIQUE (policy_id, kind, group_id)",
        "A group has one limit for each kind of decision.",
    )
    _amount_range = models.Constraint(
        "CHECK (amount >= 0 AND amount < 1e12 AND (kind != 'discount' OR amount <= "
        "100))",
        "A limit is not negative, and a discount not over 100 percent.",
    )


class CrmPolicyPlan(models.Model):
    """The activities that begin when a customer of the policy enters a phase."""

    _name = "crm.policy.plan"
    _inherit = "crm.policy.part"
    _description = "Activity Plan of a Phase"
    _order = "policy_id, phase, id"

    phase = fields.Selection(PHASES, required=True)
    plan_id = fields.Many2one(
        "mail.activity.plan",
        required=True,
        ondelete="restrict",
        domain=[("res_model", "=", "res.partner")],
    )
    user_id = fields.Many2one(
        "res.users",
        string="Done By",
        help="For steps of the plan that name nobody, where the customer has no "
        "salesperson",
    )

    @api.constrains("plan_id")
    def _check_plan(self):
        for line in self:
            if line.plan_id.res_model != "res.partner":
                raise ValidationError(
                    self.env._(
                        "%(plan)s is not a plan for contacts. Choose one that is.",
                        plan=line.plan_id.name,
                    )
                )


class CrmPolicyPrecedence(models.Model):
    """One rule of a policy weighs otherwise than the policy as a whole."""

    _name = "crm.policy.precedence"
    _inherit = "crm.policy.part"
    _description = "Priority of a Rule"
    _order = "policy_id, rule"

    rule = fields.Selection(RULES, required=True)
    sequence = fields.Integer(string="Priority", required=True, default=5)

    _rule_uniq = models.Constraint(
        "UNIQUE (policy_id, rule)", "A rule has one priority in a policy."
    )
