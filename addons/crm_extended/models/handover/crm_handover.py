from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from .matter import MATTERS

MANAGER = "crm_extended.group_customer_manager"
PREPARED = ("draft", "failed", "stopped")  # nothing is moved, everything can be changed
RULES = [
    ("load", "Who has the fewest open matters"),
    ("territory", "Where the customer is"),
    ("skill", "Language and tags"),
    ("hand", "By hand, customer by customer"),
]


class CrmHandover(models.Model):
    """A person's customers and open matters pass to others on a day, and can come back.

    The right to hand over is the customer manager's and does not depend on which sales
    documents he may open himself: a handover must not leave behind what he cannot see.
    It never reaches beyond its company.
    """

    _name = "crm.handover"
    _inherit = ["mail.thread", "crm.run.mixin"]
    _description = "Handover"
    _order = "date desc, id desc"

    state = fields.Selection(
        selection_add=[
            ("draft", "Draft"),
            ("planned", "Planned"),
            ("queued",),
            ("running",),
            ("done",),
            ("stopped",),
            ("failed",),
            ("undone", "Undone"),
        ],
        ondelete={"planned": "set default", "undone": "set default"},
        tracking=True,
    )
    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    user_id = fields.Many2one(
        "res.users",
        string="From",
        required=True,
        index=True,
        context={"active_test": False},
        default=lambda self: self._default_user(),
        help="Who leaves, is ill or changes territory. Also someone archived already.",
    )
    reason = fields.Selection(
        [
            ("leave", "Leaves the company"),
            ("ill", "Is ill or away for long"),
            ("territory", "Changes territory"),
            ("other", "Other"),
        ],
        required=True,
        default="leave",
    )
    date = fields.Date(
        string="Takes Effect",
        required=True,
        default=fields.Date.context_today,
        help="The customers change hands in the night before this day",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rule = fields.Selection(
        RULES, string="Distribute By", required=True, default="load"
    )
    note = fields.Html(help="What the successors should know of all these customers")
    follow_new = fields.Boolean(
        string="Also what comes until then",
        default=True,
        help="Customers and matters that come to the person after the preview are "
        "distributed by the same rule on the day",
    )
    unfollow = fields.Boolean(
        string="Predecessor stops following",
        compute="_compute_unfollow",
        store=True,
        readonly=False,
        help="He gets no more mail about the customers. An undo brings this back too.",
    )
    successor_ids = fields.One2many("crm.handover.successor", "handover_id", copy=True)
    line_ids = fields.One2many("crm.handover.line", "handover_id", copy=False)
    move_ids = fields.One2many("crm.handover.move", "handover_id", readonly=True)
    planned_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    prepared_at = fields.Datetime(
        string="Previewed At", readonly=True, copy=False, help="When the list was made"
    )
    undoing = fields.Boolean(readonly=True, copy=False)
    moved_count = fields.Integer(string="Moved", readonly=True, copy=False)
    kept_count = fields.Integer(
        string="Not Given Back",
        readonly=True,
        copy=False,
        help="Changed by others after the handover: the undo left them as they are",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        domain=[("model", "=", "crm.handover.line")],
        default=lambda self: self._default_template(),
        help="What the customers are told, each in his language",
    )
    write_letters = fields.Boolean(
        string="Write when done", help="Queue the letters as soon as all is moved"
    )
    customer_count = fields.Integer(compute="_compute_totals")
    chosen_count = fields.Integer(compute="_compute_totals")
    open_count = fields.Integer("Without Successor", compute="_compute_totals")
    matter_count = fields.Integer("Open Matters", compute="_compute_totals")
    value = fields.Monetary(
        "Value of 12 Months", compute="_compute_totals", help="Of the chosen customers"
    )
    letter_count = fields.Integer(compute="_compute_totals")

    move_customer = fields.Boolean("Customers", default=True)
    move_opportunity = fields.Boolean("Leads and opportunities", default=True)
    move_order = fields.Boolean("Open quotations and orders", default=True)
    move_case = fields.Boolean("Open cases", default=True)
    move_activity = fields.Boolean("Activities", default=True)
    move_plan = fields.Boolean(
        "Activity plans", default=True, help="Steps of plans that always fell to him"
    )
    move_meeting = fields.Boolean("Future meetings", default=True)

    def _default_user(self):
        """Others' handovers are a manager's; anyone else can prepare only the own."""
        users = self.env["res.users"]
        return users if self._is_manager() else self.env.user

    def _default_template(self):
        return self.env.ref("crm_extended.mail_template_handover", False)

    # ------------------------------------------------------------------ computes

    @api.depends("user_id", "date")
    def _compute_name(self):
        for handover in self:
            handover.name = False
            if handover.user_id:
                handover.name = self.env._(
                    "%(person)s, %(day)s",
                    person=handover.user_id.name,
                    day=fields.Date.to_string(handover.date) or "",
                )

    @api.depends("reason")
    def _compute_unfollow(self):
        for handover in self:
            handover.unfollow = handover.reason in ("leave", "territory")

    @api.depends("line_ids.chosen", "line_ids.successor_id", "line_ids.letter_state")
    def _compute_totals(self):
        rows = {}
        if self.ids:
            self.env["crm.handover.line"].flush_model()
            rows = {
                row[0]: row[1:]
                for row in self.env.execute_query(
                    SQL(
                        """
                        SELECT handover_id, count(*), count(*) FILTER (WHERE chosen),
                               count(*) FILTER (WHERE chosen AND successor_id IS NULL),
                               COALESCE(sum(weight) FILTER (WHERE chosen), 0),
                               COALESCE(sum(value) FILTER (WHERE chosen), 0),
                               count(*) FILTER (WHERE letter_state = 'queued')
                          FROM crm_handover_line WHERE handover_id IN %s
                         GROUP BY handover_id
                        """,
                        tuple(self.ids),
                    )
                )
            }
        for handover in self:
            (
                handover.customer_count,
                handover.chosen_count,
                handover.open_count,
                handover.matter_count,
                handover.value,
                handover.letter_count,
            ) = rows.get(handover.id, (0,) * 6)

    # ------------------------------------------------------------------ checks

    @api.constrains("user_id", "company_id")
    def _check_person(self):
        for handover in self:
            person = handover.user_id.sudo()  # colleagues of other companies too
            if person.share or handover.company_id not in person.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s is no colleague in %(company)s. Choose someone who "
                        "works there.",
                        person=person.name,
                        company=handover.company_id.name,
                    )
                )

    def _is_manager(self):
        return self.env.su or self.env.user.has_group(MANAGER)

    def _check_manager(self):
        self.check_access("write")
        if not self._is_manager():
            raise AccessError(
                self.env._("A customer manager takes a handover into effect.")
            )

    def write(self, vals):
        """What is planned or done is changed through its steps, not by editing."""
        fixed = {"user_id", "company_id", "rule", "follow_new", "unfollow"}
        fixed |= {name for name in self._fields if name.startswith("move_")}
        if vals.keys() & fixed:
            self._check_preparing()
        result = super().write(vals)
        self.check_access("write")  # nor is it given to where the writer has no right
        return result

    def _check_preparing(self):
        if late := self.filtered(lambda h: h.state not in PREPARED):
            raise UserError(
                self.env._(
                    "%(handover)s is planned or done. Withdraw it before changing it.",
                    handover=late[0].name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_moved(self):
        if self.filtered(lambda h: h.state not in (*PREPARED, "planned")):
            raise UserError(
                self.env._(
                    "A handover that was done is kept: its journal is what an undo "
                    "needs. Undo it, do not delete it."
                )
            )

    # ------------------------------------------------------------------ buttons

    def action_plan(self):
        """Fix the list; on its day the handover runs by itself."""
        self._check_manager()
        for handover in self:
            handover._check_startable()
            handover.sudo().write(
                {"state": "planned", "planned_by_id": self.env.uid, "error": False}
            )
        if self.filtered(lambda h: h.date <= fields.Date.context_today(h)):
            self.env.ref("crm_extended.ir_cron_run_handover").sudo()._trigger()
        return True

    def action_withdraw(self):
        """Back to draft: a planned handover that has not begun."""
        self._check_manager()
        self.filtered(lambda h: h.state == "planned").sudo().state = "draft"
        return True

    def action_start(self):
        """Hand over now, whatever the date says."""
        self._check_manager()
        undecided = self.filtered(lambda h: not h.planned_by_id)
        undecided.sudo().planned_by_id = self.env.user
        return super().action_start()

    def action_undo(self):
        """Give everything back that was not changed since; what was, stays."""
        self._check_manager()
        for handover in self:
            if not (handover.state == "done" or handover._is_undo_broken()):
                raise UserError(self.env._("Only a finished handover can be undone."))
        self.sudo().undoing = True
        return super().action_start()  # pylint: disable=super-method-mismatch

    def action_ask_undo(self):
        """Show what an undo would not give back, before it is done."""
        self.ensure_one()
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo the Handover"),
            "res_model": "crm.handover.undo",
            "view_mode": "form",
            "target": "new",
            "context": {"default_handover_id": self.id},
        }

    def action_open_lines(self):
        """Open the customers of the handover, grouped by who takes them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_handover_line"
        )
        return {**action, "domain": [("handover_id", "=", self.id)]}

    def action_open_moves(self):
        """Open the journal: each document with who had it and who has it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_handover_move"
        )
        return {**action, "domain": [("handover_id", "=", self.id)]}

    # ------------------------------------------------------------------ private

    def _is_undo_broken(self):
        return self.undoing and self.state in ("failed", "stopped")

    def _get_matters(self):
        """The kinds of documents this handover moves; override to add a kind.

        Kinds of addons that are not installed are absent.
        """
        self.ensure_one()
        return [
            matter
            for matter in MATTERS
            if matter.model in self.env and self[f"move_{matter.code}"]
        ]

    def _select_matters(self, user_id=None):
        """One statement over all kinds: (code, res_id, partner_id, value)."""
        at = self._get_moment()
        selects = [
            matter.select(self.env, user_id or self.user_id.id, self.company_id.id, at)
            for matter in self._get_matters()
        ]
        if not selects:
            raise UserError(self.env._("Choose at least one thing to hand over."))
        return SQL(" UNION ALL ").join(selects)

    def _get_moment(self):
        """From when on the successor answers: his meetings begin here."""
        return max(self.date, fields.Date.context_today(self))

    @api.model
    def _cron_take_effect(self):  # pylint: disable=missing-return
        """Begin what is planned for today, and again what a killed worker left."""
        due = self.search(
            [
                ("state", "in", ("planned", "queued", "running")),
                ("date", "<=", fields.Date.context_today(self)),
            ]
        )
        for handover in due - due._get_working():
            if handover.state == "planned" or handover.started_at:
                owner = handover.planned_by_id or self.env.user
                handover = handover.with_user(owner).sudo()
                super(CrmHandover, handover).action_start()  # pylint: disable=super-method-mismatch
