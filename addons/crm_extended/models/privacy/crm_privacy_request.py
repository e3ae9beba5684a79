import json

from odoo import SUPERUSER_ID, api, fields, models, modules
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
    result_ids = fields.Many2many(
        "ir.attachment", string="Result", readonly=True, copy=False
    )
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

    # ------------------------------------------------------------------ steps

    def action_check(self):
        """Note that the person is who she says; needed before anything is done.

        :raises UserError: the customer or the way of checking is missing
        """
        self.check_access("write")
        for request in self:
            if not request.partner_id:
                raise UserError(
                    self.env._(
                        "Choose the customer of request %(request)s; look the person "
                        "up first.",
                        request=request.name,
                    )
                )
            if not request.identity_check:
                raise UserError(
                    self.env._("Say how the identity of the person was checked.")
                )
        self.filtered(lambda r: r.state == "new").sudo().write({"state": "checked"})

    def action_fulfil(self):
        """Do what was asked: hand out, restrict, note the objection, open the erasure.

        :raises UserError: the identity was not checked
        """
        self.ensure_one()
        self._check_doable()
        return getattr(self, f"_fulfil_{self.kind}")()

    def _check_doable(self):
        self.check_access("write")
        if self.state != "checked":
            raise UserError(
                self.env._("Check the identity of the person first, and only once.")
            )

    def _fulfil_access(self):
        self._attach_result(portable=False)
        self._close("done", self.env._("The data were compiled."))

    def _fulfil_portability(self):
        self._attach_result(portable=True)
        self._close("done", self.env._("The data were compiled."))

    def _fulfil_rectification(self):
        if not self.answer:
            raise UserError(
                self.env._("Correct the customer, then say under Answer what was done.")
            )
        self._close("done")

    def _fulfil_restriction(self):
        self._close(
            "in_force",
            self.env._("The data are kept, but used for contracts and claims only."),
        )

    def _fulfil_objection(self):
        purposes = self.env["crm.consent.purpose"].search([])
        purposes = purposes.filtered(lambda p: not p._is_duty())
        self.env["crm.consent"].sudo().create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "purpose_id": purpose.id,
                    "answer": "withdrawn" if purpose.basis == "consent" else "objected",
                    "proof_kind": "other",
                    "proof": self.name,
                    "origin": "request",
                }
                for purpose in purposes
            ]
        )
        self._close("done", self.env._("Objections were noted for every purpose."))

    def _fulfil_erasure(self):
        erasure = self.erasure_ids[:1] or self.env["crm.erasure"].create(
            {"partner_ids": self.partner_id.ids, "reason": "request"}
        )
        erasure.sudo().request_id = self
        if erasure.state == "done":
            self._close("done", self.env._("The data were erased."))
            return True
        erasure.action_preview()
        return self.partner_id._open_one(erasure)

    def action_refuse(self):
        """Refuse with a reason; the person may complain to the authority.

        :raises UserError: there is no reason
        """
        self.check_access("write")
        for request in self:
            if not request.answer:
                raise UserError(
                    self.env._("Say under Answer why the request is refused.")
                )
            request._close("refused")

    def action_lift(self):
        """End a restriction; the person is told before (article 18(3))."""
        self.check_access("write")
        if self.filtered(lambda r: r.state != "in_force"):
            raise UserError(self.env._("Only a restriction in force can be lifted."))
        self.sudo().write({"state": "done"})

    def action_lookup(self):
        """Search all of Odoo for the person, by Odoo's own privacy lookup."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "privacy_lookup.action_privacy_lookup_wizard"
        )
        partner = self.partner_id
        return {
            **action,
            "context": {
                "default_name": partner.name or self.requester_name,
                "default_email": partner.email or self.requester_email,
            },
        }

    def _close(self, state, answer=None):
        for request in self:
            request.sudo().write(
                {
                    "state": state,
                    "answered_on": fields.Date.context_today(request),
                    "answer": request.answer or answer,
                }
            )
            request.activity_unlink(["mail.mail_activity_data_todo"])

    def _get_result(self):
        """The data for the printed document; see `crm.subject.report`.

        :raises UserError: the identity was not checked
        """
        self.ensure_one()
        self.check_access("write")
        if self.kind != "access" or self.state not in ("checked", "done"):
            raise UserError(
                self.env._("Only a checked request for access has a document.")
            )
        return self.env["crm.subject.report"]._collect(self.partner_id)

    def _attach_result(self, portable):
        """The data as a document for people and as JSON for programs."""
        report = self.env["crm.subject.report"]
        data = report._collect(self.partner_id, portable=portable)
        text = json.dumps(data, ensure_ascii=False, indent=2)
        files = {f"{self.name}.json": ("application/json", text)}
        if not portable:
            files[f"{self.name}.html"] = ("text/html", report._render(data))
            if pdf := self._print_result():
                files[f"{self.name}.pdf"] = ("application/pdf", pdf)
        # A page made by us, with every value escaped: it may stay a page
        attachments = self.env["ir.attachment"].with_user(SUPERUSER_ID)
        attachments = attachments.create(
            [
                {
                    "name": name.replace("/", "-"),
                    "mimetype": mimetype,
                    "raw": content if isinstance(content, bytes) else str(content),
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for name, (mimetype, content) in files.items()
            ]
        )
        self.sudo().result_ids = attachments.ids

    def _print_result(self):
        """The document as PDF, where the server can print."""
        reports = self.env["ir.actions.report"].sudo()
        if reports.get_wkhtmltopdf_state() != "ok" or modules.module.current_test:
            return None
        pdf, _kind = reports._render_qweb_pdf(
            "crm_extended.action_report_subject", self.ids
        )
        return pdf
