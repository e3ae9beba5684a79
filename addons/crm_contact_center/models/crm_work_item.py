from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_extended.models.interactions.crm_interaction import CHANNELS

from ..channels import CHANNELS as ADAPTERS
from ..channels.mail import one_line

STATES = [
    ("waiting", "Waiting"),
    ("assigned", "In Hand"),
    ("customer", "Waiting for Customer"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("waiting", "assigned", "customer")
CLOSED_STATES = ("done", "cancelled")
PRIORITIES = [("0", "Normal"), ("1", "High"), ("2", "Urgent")]


class WorkItem(models.Model):
    """One thing to handle for a customer: a mail, a call, somebody at the counter.

    It waits in a queue, one agent takes it, answers, and closes it with an outcome.
    When the customer writes again it comes back.
    """

    _name = "crm.work.item"
    _description = "Work Item"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "priority desc, deadline, id"
    _primary_email = "email_from"
    _check_company_auto = True

    name = fields.Char(string="Subject", required=True, tracking=True)
    queue_id = fields.Many2one(
        "crm.queue",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        default=lambda self: self._default_queue(),
    )
    company_id = fields.Many2one(related="queue_id.company_id", store=True, index=True)
    color = fields.Integer(related="queue_id.color")
    channel = fields.Selection(CHANNELS, required=True, default="visit")
    state = fields.Selection(
        STATES,
        required=True,
        default="waiting",
        readonly=True,
        tracking=True,
        copy=False,
        group_expand="_group_expand_states",
    )
    priority = fields.Selection(PRIORITIES, default="0", tracking=True)
    agent_id = fields.Many2one(
        "res.users",
        readonly=True,
        tracking=True,
        copy=False,
        index="btree_not_null",
    )
    note = fields.Text(
        string="What It Is About", help="What the customer said at the counter or phone"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        tracking=True,
        check_company=True,
    )
    candidate_ids = fields.One2many(
        "crm.work.candidate",
        "item_id",
        string="Possible Customers",
        readonly=True,
        copy=False,
    )
    email_from = fields.Char(string="Written From", readonly=True, copy=False)
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, index="btree_not_null"
    )
    is_unverified = fields.Boolean(
        string="Unverified Sender",
        readonly=True,
        copy=False,
        help="The mail claims to come from a colleague, but it came from outside: "
        "anyone can write any sender's address.",
    )

    queued_at = fields.Datetime(string="In Queue Since", readonly=True, copy=False)
    asked_at = fields.Datetime(
        string="Customer Waits Since",
        readonly=True,
        copy=False,
        help="When the customer turned to us; empty once we answered",
    )
    deadline = fields.Datetime(
        string="Answer By", compute="_compute_deadline", store=True, index=True
    )
    is_late = fields.Boolean(compute="_compute_is_late")
    taken_at = fields.Datetime(readonly=True, copy=False)
    waited_seconds = fields.Integer(
        string="Waited in Queue (s)", readonly=True, copy=False, aggregator="avg"
    )
    waiting_time = fields.Char(compute="_compute_waiting_time", string="Waits")
    first_response_at = fields.Datetime(
        string="First Answer", readonly=True, copy=False
    )
    closed_at = fields.Datetime(string="Closed", readonly=True, copy=False)
    disposition_id = fields.Many2one(
        "crm.disposition",
        string="Outcome",
        tracking=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
    )
    previous_id = fields.Many2one(
        "crm.work.item",
        string="Continues",
        readonly=True,
        copy=False,
        help="The closed item of the same customer to which he wrote again",
    )
    reopen_count = fields.Integer(string="Reopened", readonly=True, copy=False)

    _waiting_idx = models.Index(
        "(queue_id, priority DESC, deadline, id) WHERE state = 'waiting'"
    )
    _agent_state_idx = models.Index("(agent_id, state) WHERE agent_id IS NOT NULL")
    _in_hand_by_someone = models.Constraint(
        "CHECK (state != 'assigned' OR agent_id IS NOT NULL)",
        "An item in hand needs an agent. Take it or transfer it to one.",
    )

    # ------------------------------------------------------------------ computes

    @api.model
    def _default_queue(self):
        """The company's default queue, else the first one the agent serves."""
        queue = self.env.company.contact_queue_id
        if queue and queue.active:
            return queue
        return self.env["crm.queue"].search(
            [("is_member", "=", True), ("company_id", "=", self.env.company.id)],
            limit=1,
        )

    @api.model
    def _group_expand_states(self, _states, _domain):
        """Columns of the desk stand still while items move through them."""
        return list(OPEN_STATES)

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for item in self:
            address = ADAPTERS["mail"].address(item.email_from)
            item.email_normalized = address.value or False

    @api.depends("asked_at", "queue_id")
    def _compute_deadline(self):
        for item in self:
            hours = item.queue_id.response_hours
            due = item.asked_at and hours
            item.deadline = item.asked_at + timedelta(hours=hours) if due else False

    @api.depends("deadline", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for item in self:
            item.is_late = bool(
                item.state in OPEN_STATES and item.deadline and item.deadline < now
            )

    @api.depends("state", "asked_at")
    def _compute_waiting_time(self):
        for item in self:
            waits = item.state in OPEN_STATES and item.asked_at
            item.waiting_time = self._duration_text(item.asked_at) if waits else False

    @api.model
    def _duration_text(self, since):
        """How long since then, as a person says it: 3 days, 2 h 5 min, 4 min."""
        minutes = max(int((fields.Datetime.now() - since).total_seconds()) // 60, 0)
        days, hours = minutes // 1440, minutes // 60
        if days:
            return self.env._("%(days)s d %(hours)s h", days=days, hours=hours % 24)
        if hours:
            return self.env._("%(hours)s h %(min)s min", hours=hours, min=minutes % 60)
        return self.env._("%(min)s min", min=minutes)

    # ------------------------------------------------------------------ constraints

    @api.constrains("state", "disposition_id")
    def _check_outcome(self):
        for item in self:
            if item.state == "done" and not item.disposition_id:
                raise ValidationError(
                    self.env._("Choose the outcome of “%(name)s”.", name=item.name)
                )

    @api.constrains("agent_id", "queue_id")
    def _check_agent(self):
        supervisor = "crm_contact_center.group_contact_supervisor"
        for item in self.filtered("agent_id"):
            agent, queue = item.agent_id, item.sudo().queue_id
            if agent not in queue.member_ids and not agent.has_group(supervisor):
                raise ValidationError(
                    self.env._(
                        "%(agent)s is not an agent of the queue %(queue)s. Choose one "
                        "of its agents, or ask a supervisor to add the agent.",
                        agent=agent.name,
                        queue=queue.name,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        now = fields.Datetime.now()
        for vals in vals_list:
            vals["name"] = one_line(vals.get("name")) or self.env._("No subject")
            vals.setdefault("queued_at", now)
            vals.setdefault("asked_at", now)
        items = super().create(vals_list)
        items._check_channel()
        items._note_contacts()
        items._announce(is_new=True)
        return items

    def write(self, vals):
        if "name" in vals:
            vals = {**vals, "name": one_line(vals["name"]) or self.env._("No subject")}
        before = self.queue_id
        result = super().write(vals)
        if "partner_id" in vals:
            self._adopt_customer()
        if {"state", "queue_id", "agent_id", "priority"} & vals.keys():
            self._announce(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never_with_history(self):
        if any(item.interaction_ids for item in self):
            raise UserError(
                self.env._(
                    "This item is part of a customer's history and cannot be deleted. "
                    "Cancel it instead."
                )
            )

    def _check_channel(self):
        """Items entered by hand come by a channel the queue serves; mail always may."""
        for item in self.filtered(lambda i: i.channel != "mail"):
            served = item.sudo().queue_id.channel_ids
            if served and item.channel not in served.mapped("code"):
                raise ValidationError(
                    self.env._(
                        "The queue %(queue)s does not serve this channel. Choose one "
                        "of: %(channels)s.",
                        queue=item.queue_id.name,
                        channels=", ".join(served.mapped("name")),
                    )
                )

    def _announce(self, queues=None, is_new=False):
        """Tell the desktops of the queues' agents that something changed.

        The signal holds no data; each desktop reads what its user may see.
        """
        for queue in self.sudo().queue_id | (queues or self.env["crm.queue"]).sudo():
            here = self.filtered(lambda i, queue=queue: i.queue_id == queue)
            fresh = here.filtered(lambda i: i.state == "waiting")
            queue._bus_send(
                "crm_work_item/changed",
                {"queue_id": queue.id, "waiting": len(fresh), "is_new": is_new},
            )
