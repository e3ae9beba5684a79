import ast

from odoo import api, fields, models
from odoo.fields import Domain

from .crm_work_item import OPEN_STATES


class Queue(models.Model):
    """What waits for one group of agents, and how soon they are expected to answer.

    Mail to its address becomes work items in it; agents add those from the counter and
    the phone by hand.
    """

    _name = "crm.queue"
    _description = "Queue"
    _inherit = ["mail.alias.mixin", "mail.thread", "bus.listener.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short name used by reports and other systems. Unique in the company.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    color = fields.Integer()
    alias_id = fields.Many2one(
        help="Mail to this address becomes work items in this queue"
    )
    member_ids = fields.Many2many(
        "res.users",
        "crm_queue_member_rel",
        "queue_id",
        "user_id",
        string="Agents",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="They see the queue's items and take them",
    )
    channel_ids = fields.Many2many(
        "crm.channel",
        string="Channels",
        help="Contacts of these kinds can be entered by hand. Empty: any.",
    )
    response_hours = fields.Float(
        string="Answer Within (Hours)",
        default=24.0,
        tracking=True,
        help="Gives each item its deadline, counted from the moment when the customer "
        "turned to us. 0 = no deadline.",
    )
    accept_bulk = fields.Boolean(
        string="Accept Mailing-List Mail",
        help="Switch on only if the queue's address is fed by a mailing list or group. "
        "Otherwise newsletters would fill the queue.",
    )
    note = fields.Text(string="Purpose", help="What belongs here, for the agents")
    is_member = fields.Boolean(
        compute="_compute_is_member", search="_search_is_member", string="My Queue"
    )
    is_counted = fields.Boolean(compute="_compute_is_counted", string="Items Visible")
    waiting_count = fields.Integer(compute="_compute_counts", string="Waiting")
    mine_count = fields.Integer(compute="_compute_counts", string="Mine")
    open_count = fields.Integer(compute="_compute_counts", string="Open Items")
    late_count = fields.Integer(compute="_compute_counts", string="Late")
    oldest_wait = fields.Char(compute="_compute_counts", string="Longest Wait")

    _code_uniq = models.Constraint(
        "UNIQUE (code, company_id)",
        "Another queue of this company has the same code. Choose a different code.",
    )
    _response_sane = models.Constraint(
        "CHECK (response_hours >= 0 AND response_hours <= 8760)",
        "The answer is due between 0 hours (no deadline) and a year.",
    )

    # ------------------------------------------------------------------ computes

    @api.depends_context("uid")
    @api.depends("member_ids")
    def _compute_is_member(self):
        mine = self.browse()
        if self.ids:
            here = [("id", "in", self.ids), ("member_ids", "in", self.env.uid)]
            mine = self.with_context(active_test=False).search(here)
        for queue in self:
            queue.is_member = queue._origin in mine

    def _search_is_member(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("member_ids", "in" if True in value else "not in", self.env.uid)

    @api.depends_context("uid")
    @api.depends("is_member")
    def _compute_is_counted(self):
        """Others' queues show no figures: 0 would say that nothing waits there."""
        supervisor = "crm_contact_center.group_contact_supervisor"
        sees_all = self.env.su or self.env.user.has_group(supervisor)
        for queue in self:
            queue.is_counted = sees_all or queue.is_member

    @api.depends_context("uid")
    def _compute_counts(self):
        item = self.env["crm.work.item"]
        here = Domain("queue_id", "in", self.ids) & Domain("state", "in", OPEN_STATES)
        groups = item._read_group(
            here, ["queue_id", "state"], ["__count", "queued_at:min"]
        )
        mine = dict(
            item._read_group(
                here & Domain("agent_id", "=", self.env.uid), ["queue_id"], ["__count"]
            )
        )
        late = dict(
            item._read_group(
                here & Domain("deadline", "<", "now"), ["queue_id"], ["__count"]
            )
        )
        waiting = {q: (n, since) for q, state, n, since in groups if state == "waiting"}
        for queue in self:
            number, since = waiting.get(queue, (0, None))
            queue.waiting_count = number
            queue.open_count = sum(n for q, _s, n, _t in groups if q == queue)
            queue.mine_count = mine.get(queue, 0)
            queue.late_count = late.get(queue, 0)
            queue.oldest_wait = item._duration_text(since) if since else False

    # ------------------------------------------------------------------ mail alias

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("crm.work.item")
        if self.id:
            defaults = ast.literal_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = {**defaults, "queue_id": self.id}
        return values

    # ------------------------------------------------------------------ buttons

    def action_take_next(self):
        """Take the most urgent waiting item of these queues and open it."""
        return self.env["crm.work.item"]._action_take_next(self)

    def action_open_items(self):
        """Open the items of this queue; the context says which of them are shown."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_contact_center.action_work_item"
        )
        shown = self.env.context.get("queue_filter", "open")
        return {
            **action,
            "display_name": self.name,
            "domain": [("queue_id", "=", self.id)],
            "context": {
                "default_queue_id": self.id,
                f"search_default_{shown}": 1,
            },
        }

    def action_new_item(self):
        """Enter a contact by hand: someone at the counter, on the phone."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Item"),
            "res_model": "crm.work.item",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_queue_id": self.id},
        }
