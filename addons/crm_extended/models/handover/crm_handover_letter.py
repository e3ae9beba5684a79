from odoo import api, fields, models
from odoo.exceptions import UserError

BATCH = 500  # letters per transaction
SERVICE = "service"  # the purpose of a letter about who serves the customer


class CrmHandover(models.Model):
    """Letters to the customers, queued in batches and sent by Odoo's own mail queue."""

    _inherit = "crm.handover"

    def action_write_letters(self):
        """Queue a letter to each reachable customer of a finished handover."""
        self._check_manager()
        for handover in self:
            if handover.state != "done":
                raise UserError(
                    self.env._("Customers are told when the handover is done.")
                )
            if not handover.template_id:
                raise UserError(self.env._("Choose the letter first."))
            handover._enqueue()._write_letters()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The letters are being queued."),
            },
        }

    def action_preview_letter(self):
        """Show the letter as the first customer will read it, in his language."""
        self.ensure_one()
        line = self.line_ids.filtered(lambda x: x.chosen and x.partner_id)[:1]
        if not (line and self.template_id):
            raise UserError(
                self.env._("Choose the letter and preview the customers first.")
            )
        return line.action_preview_letter()

    def _write_letters(self):
        """Queue up to a batch of letters and a job for the rest; safe to repeat."""
        self.ensure_one()
        handover = self.sudo()
        waiting = handover.line_ids.filtered(
            lambda x: x.chosen and x.partner_id and x.letter_state == "none"
        )
        lines = waiting[:BATCH]
        if handover.state != "done" or not lines or not handover.template_id:
            return
        reachable = lines.filtered("partner_id.email_normalized")
        (lines - reachable).letter_state = "unreachable"
        allowed = handover._get_allowed(reachable.partner_id)
        refused = reachable.filtered(lambda x: x.partner_id not in allowed)
        refused.letter_state = "refused"
        receivers = reachable - refused
        if receivers:
            template = handover.template_id
            template.send_mail_batch(receivers.ids, force_send=False)
            receivers.letter_state = "queued"
        if len(waiting) > BATCH:
            self._enqueue()._write_letters()

    @api.model
    def _get_allowed(self, partners):
        """Customers who may be told who serves them: a service mail, no advertising.

        A purpose that the privacy officer removed forbids nothing.
        """
        purposes = self.env["crm.consent.purpose"]
        if not purposes.search_count([("code", "=", SERVICE)], limit=1):
            return partners
        return self.env["crm.consent"]._allowed(partners, SERVICE, "mail")


class CrmHandoverLine(models.Model):
    _inherit = "crm.handover.line"

    letter_subject = fields.Char(compute="_compute_letter")
    letter_body = fields.Html(compute="_compute_letter", sanitize=False)

    @api.depends("partner_id", "successor_id", "handover_id.template_id")
    def _compute_letter(self):
        """The letter as this customer will get it, in the customer's language."""
        self.letter_subject = self.letter_body = False
        for template, lines in self.grouped(
            lambda line: line.handover_id.template_id
        ).items():
            template = template.sudo()  # written by managers, rendered for readers
            lines = lines.filtered("partner_id")
            if not (template and lines.ids):
                continue
            subjects = template._render_field("subject", lines.ids, compute_lang=True)
            bodies = template._render_field("body_html", lines.ids, compute_lang=True)
            for line in lines:
                line.letter_subject = subjects[line.id]
                line.letter_body = bodies[line.id]

    def action_preview_letter(self):
        """Open the letter to this customer before it is sent."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letter to %(name)s", name=self.partner_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref("crm_extended.crm_handover_line_view_form_letter").id,
                    "form",
                )
            ],
            "target": "new",
        }
