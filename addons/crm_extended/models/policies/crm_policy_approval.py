from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

MANAGER = "crm_extended.group_policy_manager"
KINDS = [("discount", "Discount"), ("credit", "Credit"), ("refund", "Refund")]


class CrmPolicyApproval(models.Model):
    """One decision beyond a policy: asked by whom, decided by whom, when and why.

    It belongs to the lowest level that may take it. What somebody decides by own right
    is noted as well, so that exceptions can be counted. An approval covers what was
    asked; who later wants more asks again.
    """

    _name = "crm.policy.approval"
    _inherit = ["crm.kept.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Approval beyond a Policy"
    _order = "id desc"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("dropped", "Not Needed Any More"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    policy_id = fields.Many2one("crm.policy", readonly=True, ondelete="set null")
    asked = fields.Float(
        readonly=True,
        aggregator="max",
        help="Percent of discount, or an amount in the company's currency",
    )
    allowed = fields.Float(
        readonly=True, aggregator="max", help="What the policy allows everybody"
    )
    asked_text = fields.Char(string="Wanted", compute="_compute_texts")
    allowed_text = fields.Char(string="Allowed to Everybody", compute="_compute_texts")
    user_id = fields.Many2one(
        "res.users", string="Asked By", readonly=True, index="btree_not_null"
    )
    group_ids = fields.Many2many(
        "res.groups",
        "crm_policy_approval_group_rel",
        string="Decided By Groups",
        readonly=True,
        help="Groups that may decide; none: policy managers",
    )
    own_right = fields.Boolean(
        readonly=True, help="Whoever asked was free to decide it alone"
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    escalated_at = fields.Datetime(readonly=True)
    note = fields.Text(
        string="Why", help="What the one who decides, or asks, has to say about it"
    )
    can_decide = fields.Boolean(
        string="For Me", compute="_compute_can_decide", search="_search_can_decide"
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Approvals are asked for and decided by buttons, nobody enters them: "
            "%(fields)s.",
            fields=labels,
        )

    @api.depends("kind", "order_id", "move_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for one in self:
            document = one.sudo().order_id.name or one.sudo().move_id.display_name
            one.display_name = f"{kinds.get(one.kind, '')}: {document or ''}"

    @api.depends("kind", "asked", "allowed")
    @api.depends_context("lang")
    def _compute_texts(self):
        for one in self:
            one.asked_text = one._tell_number(one.asked)
            one.allowed_text = one._tell_number(one.allowed)

    def _tell_number(self, number):
        if self.kind == "discount":
            return f"{number:.1f} %"
        return self.currency_id.format(number) if self.currency_id else f"{number:.2f}"

    @api.depends("state", "group_ids")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        everything = self.env.user.has_group(MANAGER)
        mine = self.env.user.all_group_ids
        for one in self:
            right = everything or bool(one.sudo().group_ids & mine)
            one.can_decide = one.state == "waiting" and right

    def _search_can_decide(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        waiting = Domain("state", "=", "waiting")
        if self.env.user.has_group(MANAGER):
            return waiting
        return waiting & Domain("group_ids", "in", self.env.user.all_group_ids.ids)

    # ------------------------------------------------------------------ buttons

    def action_approve(self):
        """Approve, and do at once what was held: confirm the order, post the note."""
        self._decide("approved")
        orders, moves = self.order_id, self.move_id
        orders = orders.filtered(lambda o: o.state in ("draft", "sent"))
        if orders:
            orders.action_confirm()
        if moves := moves.filtered(lambda m: m.state == "draft"):
            if moves.has_access("write"):
                moves.action_post()
        return True

    def action_refuse(self):
        """Say no; the order stays a quotation, and who asked is told."""
        self._decide("refused")
        return True

    def action_open_document(self):
        """Open the order or credit note that it is about."""
        self.ensure_one()
        document = self.order_id or self.move_id
        document.check_access("read")
        return document.get_formview_action()

    def _decide(self, state):
        self.check_access("read")
        if any(one.state != "waiting" for one in self):
            raise UserError(self.env._("Somebody decided on it already. Reload."))
        if not all(self.mapped("can_decide")):
            raise AccessError(
                self.env._("You may not decide on this. Ask: %(who)s.", who=self._who())
            )
        approvals = self.sudo()
        approvals.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        approvals.activity_unlink(["mail.mail_activity_data_todo"])
        for one in approvals:
            one._tell_asker()

    def _who(self):
        names = self.sudo().group_ids.mapped("full_name")
        return ", ".join(names) or self.env._("a policy manager")

    def _tell_asker(self):
        document = self.order_id or self.move_id
        states = dict(self._fields["state"]._description_selection(self.env))
        document.message_post(
            body=self.env._(
                "%(what)s beyond the policy: %(state)s by %(user)s.",
                what=self.display_name,
                state=states[self.state],
                user=self.env.user.name,
            ),
            partner_ids=self.user_id.partner_id.ids
            if self.user_id != self.env.user
            else [],
        )
