from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

MOMENTS = [("in", "enters"), ("out", "leaves")]


class CrmSegmentAction(models.Model):
    """What is done when a customer enters a segment or leaves it: once per stay.

    Each refresh notes for whom it has to be done (`crm.segment.event`), a job does it
    then, in the rights of the person who set the action up. An addon adds a kind by
    `selection_add` and two methods: `_check_KIND()` tells what is missing, and
    `_do_KIND(partners)` does it and returns {partner: record made} for those it did.
    """

    _name = "crm.segment.action"
    _description = "Action of a Segment"
    _order = "segment_id, sequence, id"

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    moment = fields.Selection(
        MOMENTS, string="When a Customer", default="in", required=True
    )
    kind = fields.Selection(
        [
            ("activity", "Plan an activity"),
            ("plan", "Start an activity plan"),
            ("list_in", "Add to a mailing list"),
            ("list_out", "Take off a mailing list"),
            ("task", "Make a task"),
        ],
        string="Then",
        default="activity",
        required=True,
    )
    activity_type_id = fields.Many2one("mail.activity.type", ondelete="cascade")
    plan_id = fields.Many2one(
        "mail.activity.plan",
        domain=[("res_model", "=", "res.partner")],
        ondelete="cascade",
    )
    list_id = fields.Many2one("mailing.list", ondelete="cascade")
    project_id = fields.Many2one("project.project", ondelete="cascade")
    summary = fields.Char(help="Title of the activity or the task")
    note = fields.Text(help="What is to be done")
    days = fields.Integer(string="Due in Days", default=3)
    responsible_id = fields.Many2one(
        "res.users",
        string="For",
        domain=[("share", "=", False)],
        help="Empty: the salesperson of the customer, or else the author of the action",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        readonly=True,
        copy=False,
        help="The last person who changed the action. It is done with this person's "
        "rights",
    )
    company_id = fields.Many2one(related="segment_id.company_id", store=True)
    event_ids = fields.One2many("crm.segment.event", "action_id", readonly=True)
    waiting_count = fields.Integer(string="Waiting", compute="_compute_counts")
    done_count = fields.Integer(string="Done", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")

    @api.depends("event_ids.state")
    def _compute_counts(self):
        groups = self.env["crm.segment.event"]._read_group(
            [("action_id", "in", self.ids)], ["action_id", "state"], ["__count"]
        )
        counts = {(action.id, state): count for action, state, count in groups}
        for action in self:
            for state in ("waiting", "done", "failed"):
                action[f"{state}_count"] = counts.get((action.id, state), 0)

    @api.depends("kind", "moment", "summary", "list_id", "plan_id", "project_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for action in self:
            what = (
                action.summary
                or (action.list_id or action.plan_id or action.project_id)
                .sudo()
                .display_name
            )  # names of what the action itself names
            told = [kinds.get(action.kind, ""), what]
            action.display_name = ": ".join(filter(None, told))

    @api.constrains(
        "kind", "activity_type_id", "plan_id", "list_id", "project_id", "days"
    )
    def _check_complete(self):
        for action in self:
            if not 0 <= action.days <= 3650:
                raise ValidationError(
                    self.env._("Due in days: a number from 0 to 3650.")
                )
            missing = getattr(action, f"_check_{action.kind}")()
            if missing:
                raise ValidationError(missing)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Nobody can sign for another."""
        return super().create([{**v, "user_id": self.env.uid} for v in vals_list])

    def write(self, vals):
        if set(vals) - {"sequence", "active"}:
            vals = {**vals, "user_id": self.env.uid}
        return super().write(vals)

    # ------------------------------------------------------------------ buttons

    def action_do_for_members(self):
        """Do it for those, too, who were in the segment before the action was made."""
        self.check_access("write")
        for action in self:
            if action.moment != "in":
                raise UserError(
                    self.env._("Only what is done on entering can be made up for.")
                )
            self.env["crm.segment.event"].sudo()._note_members(action)
            action._enqueue()
        return self.action_open_events()

    def action_retry(self):
        """Try the failed ones again."""
        self.check_access("write")
        events = self.env["crm.segment.event"].sudo()
        events = events.search(
            [("action_id", "in", self.ids), ("state", "=", "failed")]
        )
        events.write({"state": "waiting", "text": False})
        for action in self:
            action._enqueue()
        return True

    def action_open_events(self):
        """Open for whom it was done, for whom not, and why."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_segment_event"
        )
        return {**action, "domain": [("action_id", "in", self.ids)], "context": {}}

    # ------------------------------------------------------------------ the work

    def _enqueue(self):
        self.with_delay(
            channel="root.customer", description=f"{self._description}: {self.id}"
        )._work()

    def _work(self):
        """Do what waits; a job calls this."""
        for action in self.exists():
            self.env["crm.segment.event"].sudo()._do(action)

    def _as_author(self):
        user = self.user_id
        companies = user.company_ids.ids
        return self.with_user(user).with_context(
            allowed_company_ids=companies, mail_activity_quick_update=True
        )

    def _get_responsible(self, partner):
        # sudo: the salesperson of a customer whom the author may see
        return self.responsible_id or partner.sudo().user_id or self.user_id


class CrmSegment(models.Model):
    _inherit = "crm.segment"

    action_ids = fields.One2many("crm.segment.action", "segment_id", string="Actions")
