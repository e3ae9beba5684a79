from markupsafe import Markup

from odoo import api, models


class SaleOrder(models.Model):
    """New quotations begin with what the policy of the customer, or team, says."""

    _inherit = "sale.order"

    @api.depends("team_id")
    def _compute_pricelist_id(self):
        result = super()._compute_pricelist_id()
        drafts = self.filtered(lambda o: o.state == "draft")
        for order, value in drafts._find_of_team("pricelist"):
            order.pricelist_id = value
        return result

    @api.depends("team_id")
    def _compute_payment_term_id(self):
        result = super()._compute_payment_term_id()
        for order, value in self._find_of_team("payment_term"):
            order.payment_term_id = value
        return result

    def _find_of_team(self, rule):
        """[(order, value)] where a policy of the order's sales team decides a rule.

        What holds for all teams is on the customer, where Odoo reads it.
        """
        rules = self.env["crm.policy"]._get_rules()
        teams = {p.team_id for p in rules if p.team_id and rule in p.rules}
        if not teams:
            return []
        orders = self.filtered(lambda o: o.team_id.id in teams and o.partner_id)
        return [
            (order, decisions[rule].value)
            for order, decisions in orders._find_conduct()
            if rule in decisions
            and decisions[rule].policy
            and decisions[rule].policy.team_id
        ]

    def _compute_note(self):
        """The terms begin with the policy's text, in the customer's language."""
        result = super()._compute_note()
        rules = self.env["crm.policy"]._get_rules()
        if not any("offer_text" in policy.rules for policy in rules):
            return result
        for order, decisions in self._find_conduct():
            decision = decisions.get("offer_text")
            if not decision or not decision.policy or order.state == "sale":
                continue
            lang = order.partner_id.lang or self.env.lang
            policy = self.env["crm.policy"].sudo().with_context(lang=lang)
            text = policy.browse(decision.policy.id).offer_text
            order.note = Markup("%s%s") % (Markup(text), Markup(order.note or ""))
        return result
