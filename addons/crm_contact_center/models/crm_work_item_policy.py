from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from .crm_work_item import OPEN_STATES


class WorkItem(models.Model):
    """How soon, and before whom, is what the customer's policy promises.

    Where no policy says anything, the queue's own time holds.
    """

    _inherit = "crm.work.item"

    resolve_by = fields.Datetime(
        string="Solve By", compute="_compute_resolve_by", store=True
    )
    late_hours = fields.Float(
        string="Answered Late By (Hours)",
        readonly=True,
        copy=False,
        aggregator="max",
        help="The longest that an answer came after its deadline",
    )
    escalated_at = fields.Datetime(string="Escalated", readonly=True, copy=False)
    policy_text = fields.Char(string="Promised", compute="_compute_policy_text")
    policy_greeting = fields.Char(string="Greeting", compute="_compute_policy_text")

    @api.depends("partner_id", "partner_id.commercial_partner_id")
    def _compute_deadline(self):
        result = super()._compute_deadline()
        waiting = self.filtered("asked_at")
        for item, decisions in waiting._find_conduct():
            promised = decisions.get("response_hours")
            if promised and promised.value:
                item.deadline = item.asked_at + timedelta(hours=promised.value)
        return result

    @api.depends("queued_at", "partner_id", "partner_id.commercial_partner_id")
    def _compute_resolve_by(self):
        self.resolve_by = False
        for item, decisions in self._find_conduct():
            promised = decisions.get("resolution_hours")
            begun = item.create_date or item.queued_at
            if promised and promised.value and begun:
                item.resolve_by = begun + timedelta(hours=promised.value)

    @api.depends("partner_id", "deadline")
    @api.depends_context("lang")
    def _compute_policy_text(self):
        self.policy_text = self.policy_greeting = False
        policies = self.env["crm.policy"].sudo()
        for item, decisions in self._find_conduct():
            promised = decisions.get("response_hours")
            if promised and promised.value:
                told = policies._tell_rule("response_hours", promised.value)
                name = (
                    policies.browse(promised.policy.id).name if promised.policy else ""
                )
                item.policy_text = self.env._(
                    "Answer %(promised)s: policy %(policy)s", promised=told, policy=name
                )
            greeting = decisions.get("greeting")
            if greeting and greeting.policy:
                item.policy_greeting = policies.browse(greeting.policy.id).greeting

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._take_priority()
        return items

    def write(self, vals):
        if "asked_at" in vals:
            self._note_late()
        result = super().write(vals)
        if "partner_id" in vals:
            self._take_priority()
        return result

    def _take_priority(self):
        """A customer's policy lifts an item in the queue; it never lowers it."""
        for item, decisions in self._find_conduct():
            wanted = decisions.get("work_priority")
            if wanted and (wanted.value or "0") > (item.priority or "0"):
                item.sudo().priority = wanted.value

    def _note_late(self):
        """Keep by how much an answer was late, before its deadline is forgotten."""
        now = fields.Datetime.now()
        for item in self.sudo().filtered(lambda i: i.deadline and i.deadline < now):
            hours = (now - item.deadline).total_seconds() / 3600
            if hours > item.late_hours:
                item.late_hours = hours

    def _find_conduct(self):
        """[(item, decisions)] of items whose customer has a policy."""
        policies = self.env["crm.policy"]
        items = self.filtered("partner_id")
        if not items or not policies._get_rules():
            return []
        found = []
        for company, here in items.grouped(
            lambda i: i.company_id or i.queue_id.company_id
        ).items():
            conduct = policies._conduct(here.partner_id, company)
            for item in here:
                owner = item.partner_id.sudo().commercial_partner_id
                if decisions := conduct.get(owner._origin.id or owner.id):
                    found.append((item, decisions))
        return found

    # ------------------------------------------------------------------ upkeep

    @api.model
    def _renew_promises(self):
        """Open items follow policies that began, changed or ended."""
        items = self.sudo().search([("state", "in", OPEN_STATES)])
        for name in ("deadline", "resolve_by"):
            self.env.add_to_compute(self._fields[name], items)
        items._take_priority()

    @api.model
    def _cron_escalate(self):
        """Late items that nobody answered go to whom the policy names."""
        now = fields.Datetime.now()
        late = self.sudo().search(
            [
                ("state", "in", OPEN_STATES),
                ("deadline", "<", now),
                ("escalated_at", "=", False),
            ]
        )
        for item, decisions in late._find_conduct():
            escalation = decisions.get("escalation")
            if not escalation or not escalation.value:
                continue
            hours, user_id = escalation.value
            if item.deadline + timedelta(hours=hours) > now:
                continue
            item.escalated_at = now
            item.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "Should have been answered by %(day)s: %(item)s",
                    day=format_date(self.env, item.deadline.date()),
                    item=item.name,
                ),
                user_id=user_id,
            )
