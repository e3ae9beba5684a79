from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...privacy.deadline import answer_by

KINDS = [
    ("access", "Access to the Data"),
    ("portability", "Data to Take Along"),
    ("rectification", "Correction"),
    ("erasure", "Erasure"),
    ("restriction", "Restriction of Use"),
    ("objection", "Objection"),
]
STATES = [
    ("new", "New"),
    ("checked", "Identity Checked"),
    ("in_force", "In Force"),
    ("done", "Answered"),
    ("refused", "Refused"),
]
OPEN = ("new", "checked")


class PrivacyRequest(models.Model):
    """What a person asked under articles 15 to 21 of the GDPR, and our answer.

    The answer is due within a month of the day it was received, three when extended.
    Nothing is told, changed or erased before the identity was checked.
    """

    _name = "crm.privacy.request"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Privacy Request"
    _order = "due_date, id"
    _mail_post_access = "read"

    name = fields.Char(
        string="Number", readonly=True, copy=False, default=lambda self: "/"
    )
    kind = fields.Selection(KINDS, required=True, default="access", tracking=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="new", copy=False, tracking=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        ondelete="restrict",
        index="btree_not_null",
        context={"active_test": False},
    )
    requester_name = fields.Char(
        string="Asked By", help="As given in the request, when it is somebody else"
    )
    requester_email = fields.Char(string="Answer To")
    subject = fields.Text(string="What Was Asked")
    channel = fields.Selection(
        [
            ("mail", "E-mail"),
            ("post", "Letter"),
            ("person", "In Person"),
            ("call", "Phone"),
            ("web", "Web Site"),
        ],
        string="Received By",
        default="mail",
    )
    received_on = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    extended = fields.Boolean(
        help="Complex or many requests may be answered two months later; the person is "
        "told so, with the reason, within the first month.",
        tracking=True,
    )
    extension_reason = fields.Char()
    due_date = fields.Date(
        string="Due", compute="_compute_due_date", store=True, index=True
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    identity_check = fields.Selection(
        [
            ("login", "Signed In to the Portal"),
            ("address", "Answered From the Known Address"),
            ("document", "Showed a Document"),
            ("known", "Personally Known"),
        ],
        copy=False,
        tracking=True,
        help="How we know that it is the person. Keep no copy of documents.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    answer = fields.Text(help="What was done, or why it was refused")
    answered_on = fields.Date(readonly=True, copy=False)
    result_ids = fields.Many2many("ir.attachment", readonly=True, copy=False)
    erasure_ids = fields.One2many("crm.erasure", "request_id", readonly=True)
    note = fields.Text(string="Internal Note")

    @api.depends("received_on", "extended")
    def _compute_due_date(self):
        for request in self:
            received = request.received_on
            request.due_date = received and answer_by(received, request.extended)

    @api.depends("due_date", "state")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for request in self:
            open_ = request.state in OPEN
            request.is_late = bool(
                open_ and request.due_date and request.due_date < today
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "in", OPEN) & Domain("due_date", "<", "today")
        return late if True in value else ~late

    @api.depends("name", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            request.display_name = f"{request.name} {kinds.get(request.kind, '')}"

    @api.model_create_multi
    def create(self, vals_list):
        """A request begins as new, with a number and a reminder before it is due."""
        facts = ("state", "answered_on", "result_ids", "name")
        sequence = self.env["ir.sequence"].sudo()
        clean = []
        for vals in vals_list:
            entered = {name: v for name, v in vals.items() if name not in facts}
            number = sequence.next_by_code("crm.privacy.request") or "/"
            clean.append({**entered, "name": number, "state": "new"})
        requests = super().create(clean)
        for request in requests:
            request.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=request.due_date,
                summary=request.env._("Answer the privacy request"),
                user_id=request.user_id.id or request.env.uid,
            )
        return requests

    def write(self, vals):
        """States and results follow from the buttons.

        :raises UserError: a field that nobody enters
        """
        if not self.env.su and vals.keys() & {
            "state",
            "answered_on",
            "result_ids",
            "name",
        }:
            raise UserError(
                self.env._("State and result follow from the steps; use the buttons.")
            )
        moved = {"partner_id", "kind"} & vals.keys()
        if moved and not self.env.su and any(r.state not in OPEN for r in self):
            raise UserError(
                self.env._(
                    "The request is answered. Create a new one for anything else."
                )
            )
        if "partner_id" in vals and not self.env.su:
            # another person was not checked
            self.sudo().write({"state": "new"})
            vals = {**vals, "identity_check": False}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        if any(request.state not in OPEN for request in self):
            raise UserError(
                self.env._("An answered request is our proof and is not deleted.")
            )
