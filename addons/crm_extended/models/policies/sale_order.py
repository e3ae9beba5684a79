from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ...conduct.authority import CREDIT, DISCOUNT, exceeds, own_limit

USED = ("pricelist", "max_discount", "payment_term", "delivery_days", "greeting")


class SaleOrder(models.Model):
    """An order beyond the customer's policy waits for who may decide it."""

    _inherit = "sale.order"

    policy_text = fields.Html(string="Policy", compute="_compute_policy_text")
    policy_warning = fields.Text(compute="_compute_policy_warning")
    policy_approval_ids = fields.One2many(
        "crm.policy.approval",
        "order_id",
        string="Approvals",
        groups="crm_extended.group_customer_user,sales_team.group_sale_salesman",
    )
    policy_approval_count = fields.Integer(compute="_compute_policy_approvals")
    policy_waits = fields.Boolean(compute="_compute_policy_approvals")
    policy_can_decide = fields.Boolean(compute="_compute_policy_approvals")

    @api.depends("partner_id", "company_id", "team_id")
    @api.depends_context("uid", "lang")
    def _compute_policy_text(self):
        policies = self.env["crm.policy"]
        active = policies._get_rules()
        for order in self:
            told = (
                active
                and order.partner_id
                and policies._tell_conduct(
                    order.partner_id, order.company_id, order.team_id, USED
                )
            )
            order.policy_text = policies._to_table(told) if told else False

    @api.depends(
        "partner_id", "team_id", "state", "order_line.discount", "order_line.price_unit"
    )
    @api.depends_context("uid", "lang")
    def _compute_policy_warning(self):
        open_orders = self.filtered(lambda o: o.state in ("draft", "sent"))
        beyond = open_orders._find_beyond(kinds=(DISCOUNT,))
        by_order = {one["document"]: one for one in beyond}
        for order in self:
            one = by_order.get(order)
            order.policy_warning = one and order._tell_beyond(one)

    def _tell_beyond(self, one):
        values = {
            "asked": f"{one['asked']:.1f}",
            "limit": f"{one['allowed']:g}",
            "policy": one["decision"].policy.name
            if one["decision"].policy
            else self.env._("an exception"),
        }
        if exceeds(one["asked"], one["limit"]):
            return self.env._(
                "A discount of %(asked)s %% is more than the %(limit)s %% of "
                "%(policy)s. The order will wait for approval when it is confirmed.",
                **values,
            )
        return self.env._(
            "A discount of %(asked)s %% is more than the %(limit)s %% of %(policy)s. "
            "You may decide this; it is noted as an exception.",
            **values,
        )

    @api.depends("policy_approval_ids.state")
    @api.depends_context("uid")
    def _compute_policy_approvals(self):
        groups = (
            self.env["crm.policy.approval"]
            .sudo()
            .search([("order_id", "in", self.ids)])
            .grouped("order_id")
        )
        none = self.env["crm.policy.approval"]
        for order in self:
            mine = groups.get(order._origin, none)
            waiting = mine.filtered(lambda a: a.state == "waiting")
            order.policy_approval_count = len(mine)
            order.policy_waits = bool(waiting)
            order.policy_can_decide = bool(waiting) and all(
                waiting.mapped("can_decide")
            )

    # ------------------------------------------------------------------ buttons

    def action_confirm(self):
        """Confirm; what goes beyond a policy waits, and the user is told so."""
        held = self._hold_beyond()
        free = self - held
        free._promise_delivery()
        result = super(SaleOrder, free).action_confirm() if free else True
        return held._tell_held() if held else result

    def action_approve_policy(self):
        """Approve what the order waits for, and confirm it."""
        self.check_access("read")
        self._get_waiting().action_approve()
        return True

    def action_refuse_policy(self):
        """Refuse what the order waits for."""
        self.check_access("read")
        self._get_waiting().action_refuse()
        return True

    def action_open_policy_approvals(self):
        """Open the approvals of the order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_policy_approval"
        )
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------------ the rules

    def write(self, vals):
        if vals.get("state") == "sale":
            self.filtered(lambda o: o.state != "sale")._check_beyond()
        return super().write(vals)

    def _action_confirm(self):
        """A confirmed order is delivered as urgently as promised."""
        result = super()._action_confirm()
        if "picking_ids" not in self._fields:
            return result
        for order, decisions in self._find_conduct("delivery_priority"):
            urgent = decisions.get("delivery_priority")
            if urgent and urgent.value == "1":
                pickings = order.picking_ids.filtered(
                    lambda p: p.state not in ("done", "cancel")
                )
                pickings.write({"priority": urgent.value})
        return result

    def _promise_delivery(self):
        """An order that names no day is delivered within the days of the policy."""
        for order, decisions in self._find_conduct("delivery_days"):
            days = decisions.get("delivery_days")
            if days and days.value and not order.commitment_date:
                order.commitment_date = fields.Datetime.add(
                    fields.Datetime.now(), days=int(days.value)
                )

    def _action_cancel(self):
        self._get_waiting().sudo().write({"state": "dropped"})
        return super()._action_cancel()

    def _get_waiting(self):
        waiting = self.sudo().policy_approval_ids
        waiting = waiting.filtered(lambda a: a.state == "waiting")
        return waiting.sudo(self.env.su)

    def _find_conduct(self, *rules):
        """[(order, decisions)] of these orders; one query per company and team.

        :param rules: ask nothing where no policy says anything on one of these
        """
        policies = self.env["crm.policy"]
        active = policies._get_rules()
        if not self or not active:
            return []
        if rules and not any(set(rules) & policy.rules.keys() for policy in active):
            return []
        found = []
        for (company, team), orders in self.grouped(
            lambda o: (o.company_id, o.team_id)
        ).items():
            conduct = policies._conduct(orders.partner_id, company, team)
            for order in orders if conduct else ():
                owner = order.partner_id.sudo().commercial_partner_id
                if decisions := conduct.get(owner._origin.id or owner.id):
                    found.append((order, decisions))
        return found

    def _find_beyond(self, kinds=(DISCOUNT, CREDIT)):
        """What of these orders is more than their policies allow everybody.

        :return: list of dicts as `crm.policy.approval._ask` takes them
        """
        found = []
        for order, decisions in self._find_conduct("max_discount", "credit_limit"):
            right = decisions.get("authority")
            rights = right.value if right and right.value else ()
            for kind, decision, asked, allowed in order._weigh(decisions, kinds):
                if not exceeds(asked, allowed):
                    continue
                user = order._get_decider()
                limit = own_limit(rights, kind, user.all_group_ids.ids, allowed)
                if user.has_group("crm_extended.group_policy_manager"):
                    limit = float("inf")
                found.append(
                    {
                        "kind": kind,
                        "document": order,
                        "asked": asked,
                        "allowed": allowed,
                        "limit": limit,
                        "decision": decision,
                        "authorities": rights,
                        "user": user,
                    }
                )
        return found

    def _weigh(self, decisions, kinds):
        """Yield (kind, decision, asked, allowed) of what the policies limit."""
        self.ensure_one()
        discount = decisions.get("max_discount")
        if DISCOUNT in kinds and discount and discount.value is not None:
            yield DISCOUNT, discount, self._get_given_discount(), discount.value
        credit = decisions.get("credit_limit")
        if CREDIT in kinds and credit and credit.value is not None:
            if credit.policy and self._holds_credit(credit.policy.id):
                yield CREDIT, credit, self._get_exposure(), credit.value

    def _get_decider(self):
        """Whose right counts: the user's; the salesperson's where nobody of us acts.

        A customer who signs or pays accepts what the salesperson offered.
        """
        user = self.env.user
        if user.share or user.id == SUPERUSER_ID:
            return self.sudo().user_id or user
        return user

    def _hold_beyond(self):
        """Ask for what the user may not decide; the orders that have to wait."""
        beyond = self._find_beyond() if self else []
        if not beyond:
            return self.browse()
        held = self.env["crm.policy.approval"].sudo()._ask(beyond)
        return self & held.get("sale.order", self.browse()).with_env(self.env)

    def _check_beyond(self):
        """:raises UserError: an order is beyond its policy and nobody approved it"""
        beyond = self._find_beyond() if self else []
        held = beyond and self.env["crm.policy.approval"].sudo()._ask_only(beyond)
        for order in held or ():
            raise UserError(
                self.env._(
                    "%(order)s goes beyond the policy for %(customer)s. Confirm it "
                    "with the button, so that approval is asked for.",
                    order=order.display_name,
                    customer=order.partner_id.display_name,
                )
            )

    def _tell_held(self):
        return self._tell_held_documents(self)

    @api.model
    def _tell_held_documents(self, documents):
        names = ", ".join(documents.mapped("display_name"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Waits for Approval"),
                "message": self.env._(
                    "%(names)s: beyond the policy for the customer. Who may decide was "
                    "asked; with the approval it is confirmed.",
                    names=names,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
