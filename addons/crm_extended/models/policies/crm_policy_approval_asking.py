from odoo import api, fields, models
from odoo.fields import Domain

from ...conduct.authority import deciders, exceeds
from .crm_policy_approval import MANAGER


class CrmPolicyApproval(models.Model):
    """Asking for a decision: whom, once, and somebody else when nobody answers."""

    _inherit = "crm.policy.approval"

    @api.model
    def _ask(self, beyond):
        """Note what goes beyond policies; ask for what the user may not decide.

        :param beyond: list of dicts: kind, document, asked, allowed, limit, decision,
            authorities, user
        :return: documents that have to wait, by model: {model: records}
        """
        held = {}
        known = self._find_open([one["document"] for one in beyond])
        for one in beyond:
            document, kind = one["document"], one["kind"]
            mine = known.get((document._name, document.id, kind), self.browse())
            done = mine.filtered(lambda a: a.state == "approved")
            if any(not exceeds(one["asked"], a.asked) for a in done):
                continue
            waiting = mine.filtered(lambda a: a.state == "waiting")
            by_right = not exceeds(one["asked"], one["limit"])
            vals = self._prepare_approval(one, by_right)
            if waiting:
                waiting.write(vals)
            else:
                waiting = self.sudo().create(vals)
            if not by_right:
                held[document._name] = held.get(document._name, document) | document
                waiting._call_decider(one)
        return held

    @api.model
    def _ask_only(self, beyond):
        """The documents that nobody approved and the user may not decide."""
        known = self._find_open([one["document"] for one in beyond])
        held = []
        for one in beyond:
            document = one["document"]
            mine = known.get((document._name, document.id, one["kind"]), ())
            if exceeds(one["asked"], one["limit"]) and not any(
                a.state == "approved" and not exceeds(one["asked"], a.asked)
                for a in mine
            ):
                held.append(document)
        return held

    @api.model
    def _find_open(self, documents):
        """{(model, id, kind): approvals} of these documents that still count."""
        orders = [d.id for d in documents if d._name == "sale.order"]
        moves = [d.id for d in documents if d._name == "account.move"]
        found = self.sudo().search(
            Domain("state", "in", ("waiting", "approved"))
            & (Domain("order_id", "in", orders) | Domain("move_id", "in", moves))
        )
        known = {}
        for one in found:
            document = one.order_id or one.move_id
            key = (document._name, document.id, one.kind)
            known[key] = known.get(key, self.browse()).sudo() | one
        return known

    @api.model
    def _prepare_approval(self, one, by_right):
        document, user = one["document"], one["user"]
        groups = deciders(one["authorities"], one["kind"], one["asked"])
        link = "order_id" if document._name == "sale.order" else "move_id"
        return {
            "kind": one["kind"],
            "state": "approved" if by_right else "waiting",
            link: document.id,
            "partner_id": document.partner_id.commercial_partner_id.id,
            "company_id": document.company_id.id,
            "team_id": document.team_id.id,
            "policy_id": one["decision"].policy and one["decision"].policy.id,
            "asked": one["asked"],
            "allowed": one["allowed"],
            "user_id": user.id,
            "group_ids": [(6, 0, groups)],
            "own_right": by_right,
            "decided_by_id": user.id if by_right else False,
            "decided_at": fields.Datetime.now() if by_right else False,
        }

    def _call_decider(self, one):
        """Put it on the desk of one who may decide; the others find it in the list."""
        self.ensure_one()
        if self.activity_ids:
            return
        decider = self._choose_decider(one["user"])
        if decider:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Decide: %(what)s", what=self.display_name),
                user_id=decider.id,
            )

    def _choose_decider(self, asker):
        """The asker's team leader if he may, else one of the lowest level that may."""
        groups = self.group_ids or self.env.ref(MANAGER)
        leader = self.team_id.user_id
        if leader and leader != asker and leader.all_group_ids & groups:
            return leader
        users = self.env["res.users"].search(
            [
                ("all_group_ids", "in", groups[:1].ids),
                ("company_ids", "in", self.company_id.ids),
                ("share", "=", False),
                ("id", "!=", asker.id),
            ],
            limit=1,
        )
        return users

    # ------------------------------------------------------------------ escalation

    @api.model
    def _cron_escalate(self):
        """Approvals that nobody took up go to whom the policy names."""
        now = fields.Datetime.now()
        waiting = self.sudo().search(
            [("state", "=", "waiting"), ("escalated_at", "=", False)]
        )
        for one in waiting:
            decision = (
                self.env["crm.policy"]
                ._conduct_of(one.partner_id, one.company_id, one.team_id)
                .get("escalation")
            )
            if not decision or not decision.value:
                continue
            hours, user_id = decision.value
            if one.create_date > fields.Datetime.subtract(now, minutes=int(hours * 60)):
                continue
            one.escalated_at = now
            one.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "Waits for %(hours)g hours: %(what)s",
                    hours=hours,
                    what=one.display_name,
                ),
                user_id=user_id,
            )
