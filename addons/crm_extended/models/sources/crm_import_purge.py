from odoo import api, models

WORKING = ("queued", "running")


class Import(models.Model):
    """Uploaded lists hold personal data: they go when nobody needs them any more."""

    _inherit = "crm.import"

    @api.autovacuum
    def _gc_files(self):
        """Delete files of imports that ended long ago; counts and records stay.

        Parameter crm_extended.import_keep_days, 90 when unset; 0 keeps them for ever.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        text = parameters.get_param("crm_extended.import_keep_days", "90")
        days = int(text) if text.isdigit() else 90
        if not days:
            return 0, 0
        files = self.env["ir.attachment"].sudo()
        files = files.search(
            [
                ("res_model", "=", self._name),
                ("res_field", "in", ("file", "error_file")),
                ("create_date", "<", f"-{days}d"),
            ],
            limit=1000,
        )
        at_work = self.sudo().search(
            [("id", "in", files.mapped("res_id")), ("state", "in", WORKING)]
        )
        old = files.filtered(lambda file: file.res_id not in at_work.ids)
        old.unlink()
        return len(old), len(files) == 1000 and bool(old)
