from odoo import api, fields, models

CRON = "crm_extended.ir_cron_refresh_segment"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_import_max_mb = fields.Integer(
        string="Largest Import File",
        config_parameter="crm_extended.import_max_megabytes",
        default=100,
        help="In megabytes; a larger file is refused before it is read",
    )
    crm_import_keep_days = fields.Integer(
        string="Keep Import Files",
        config_parameter="crm_extended.import_keep_days",
        default=90,
        help="Days; uploaded files and lists of problems are deleted afterwards",
    )
    crm_refresh_segments = fields.Boolean(string="Nightly Segment Refresh")

    @api.model
    def get_values(self):
        cron = self.env.ref(CRON, raise_if_not_found=False)
        # sudo: a manager of customers is not one of scheduled actions
        active = bool(cron) and cron.sudo().active
        return {**super().get_values(), "crm_refresh_segments": active}

    def set_values(self):
        result = super().set_values()
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron and cron.sudo().active != self.crm_refresh_segments:
            cron.sudo().active = self.crm_refresh_segments
        return result
