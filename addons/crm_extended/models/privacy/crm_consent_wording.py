from odoo import api, fields, models
from odoo.exceptions import UserError


class ConsentWording(models.Model):
    """The exact text that people agreed to, as it was shown since a day.

    Once somebody answered it, it is evidence and stays as it is: a new text is a new
    version.
    """

    _name = "crm.consent.wording"
    _description = "Consent Wording"
    _order = "purpose_id, valid_from desc, id desc"
    _rec_name = "version"

    purpose_id = fields.Many2one(
        "crm.consent.purpose", required=True, index=True, ondelete="cascade"
    )
    version = fields.Char(required=True, help="Such as 2 or 2026-03")
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        help="Empty: shown in any language that has no text of its own",
    )
    valid_from = fields.Date(required=True, default=fields.Date.context_today)
    text = fields.Text(required=True)
    company_id = fields.Many2one(related="purpose_id.company_id")

    _version_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (purpose_id, version, lang)",
        "The purpose already has a text with this version and language.",
    )

    @api.depends("version", "lang", "purpose_id")
    def _compute_display_name(self):
        for wording in self:
            name = f"{wording.purpose_id.name} {wording.version}"
            wording.display_name = f"{name} ({wording.lang})" if wording.lang else name

    def write(self, vals):
        if vals.keys() & {"purpose_id", "version", "lang", "valid_from", "text"}:
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        used = self.env["crm.consent"].sudo()
        used = used.search([("wording_id", "in", self.ids)], limit=1).wording_id
        if used:
            raise UserError(
                self.env._(
                    "People have already answered text %(text)s: it is evidence and "
                    "stays as it is. Add a new version below it.",
                    text=used.display_name,
                )
            )
