from odoo import models
from odoo.exceptions import UserError

from ...conduct.authority import REFUND, exceeds, own_limit


class AccountMove(models.Model):
    """A credit note over what the user may decide waits for who may."""

    _inherit = "account.move"

    def action_post(self):
        held = self.browse()
        beyond = self._find_refunds_beyond()
        if beyond:
            found = self.env["crm.policy.approval"].sudo()._ask(beyond)
            held = self & found.get("account.move", held).with_env(self.env)
        if not held:
            return super().action_post()
        if free := self - held:
            super(AccountMove, free).action_post()
        return self.env["sale.order"]._tell_held_documents(held)

    def _post(self, soft=True):
        beyond = self._find_refunds_beyond()
        held = beyond and self.env["crm.policy.approval"].sudo()._ask_only(beyond)
        for move in held or ():
            raise UserError(
                self.env._(
                    "The credit note for %(customer)s over %(amount)s needs approval. "
                    "Keep it as a draft and press Confirm on it: who may decide is "
                    "asked.",
                    customer=move.partner_id.display_name,
                    amount=move.currency_id.format(move.amount_total),
                )
            )
        return super()._post(soft)

    def _find_refunds_beyond(self):
        """What of these credit notes is more than everybody may decide."""
        policies = self.env["crm.policy"]
        refunds = self.filtered(lambda m: m.move_type == "out_refund" and m.partner_id)
        if not refunds or not policies._get_rules():
            return []
        found = []
        user = self.env.user
        for (company, team), moves in refunds.grouped(
            lambda m: (m.company_id, m.team_id)
        ).items():
            conduct = policies._conduct(moves.partner_id, company, team)
            for move in moves:
                owner = move.partner_id.sudo().commercial_partner_id
                right = conduct.get(owner.id, {}).get("authority")
                rights = right.value if right and right.value else ()
                asked = abs(move.amount_total_signed)
                if not any(r.kind == REFUND for r in rights) or not exceeds(asked, 0):
                    continue
                limit = own_limit(rights, REFUND, user.all_group_ids.ids, 0.0)
                if user.has_group("crm_extended.group_policy_manager"):
                    limit = float("inf")
                if not exceeds(asked, limit) and limit != float("inf"):
                    continue
                found.append(
                    {
                        "kind": REFUND,
                        "document": move,
                        "asked": asked,
                        "allowed": limit if limit != float("inf") else 0.0,
                        "limit": limit,
                        "decision": right,
                        "authorities": rights,
                        "user": user,
                    }
                )
        return found
