import json

from odoo import SUPERUSER_ID, fields, models, modules
from odoo.exceptions import UserError
from odoo.fields import Domain


class PrivacyRequest(models.Model):
    """The steps to an answer: check, do, refuse."""

    _inherit = "crm.privacy.request"

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
        return True

    def action_fulfil(self):
        """Do what was asked: hand out, restrict, note the objection, open the erasure.

        :raises UserError: the identity was not checked
        """
        self.ensure_one()
        self._check_doable()
        return getattr(self, f"_fulfil_{self.kind}")() or True

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
        purposes = self.env["crm.consent.purpose"].search(Domain.TRUE)
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
        return True

    def action_lift(self):
        """End a restriction; the person is told before (article 18(3))."""
        self.check_access("write")
        if self.filtered(lambda r: r.state != "in_force"):
            raise UserError(self.env._("Only a restriction in force can be lifted."))
        return self.sudo().write({"state": "done"})

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
