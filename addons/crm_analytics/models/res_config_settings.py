from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_warehouse_path = fields.Char(
        string="Folder",
        config_parameter="crm_analytics.warehouse_path",
        help="Absolute path on the server. Empty: beside Odoo's attachments. All "
        "servers of this database must see the same folder.",
    )
    crm_warehouse_versions = fields.Integer(
        string="Versions Kept",
        config_parameter="crm_analytics.warehouse_versions",
        default=3,
    )
    crm_warehouse_threads = fields.Integer(
        string="Threads", config_parameter="crm_analytics.warehouse_threads", default=2
    )
    crm_warehouse_memory_mb = fields.Integer(
        string="Memory (MB)",
        config_parameter="crm_analytics.warehouse_memory_mb",
        default=384,
        help="What one server process may take for its questions. Odoo's "
        "limit_memory_hard counts it on top of the rest: raise both together.",
    )
    crm_cube_family_id = fields.Many2one(
        "crm.segment.family",
        string="Segments in Cubes",
        domain=[("exclusive", "=", True)],
        config_parameter="crm_analytics.segment_family",
        help="Family whose segments purchases are grouped by, now and at the time of "
        "the purchase. Empty: buying behaviour (RFM). Holds from the next refresh of "
        "the warehouse on.",
    )
    crm_warehouse_refreshed_at = fields.Datetime(
        string="Last Refresh", compute="_compute_crm_warehouse_refreshed_at"
    )

    def _compute_crm_warehouse_refreshed_at(self):
        run = self.env["crm.warehouse.run"].sudo()
        run = run.search([("is_current", "=", True)], limit=1)
        self.crm_warehouse_refreshed_at = run.ended_at

    @api.constrains(
        "crm_warehouse_path",
        "crm_warehouse_versions",
        "crm_warehouse_threads",
        "crm_warehouse_memory_mb",
    )
    def _check_crm_warehouse(self):
        for settings in self:
            path = (settings.crm_warehouse_path or "").strip()
            if path and (not path.startswith("/") or "\0" in path):
                raise ValidationError(
                    self.env._("The warehouse's folder must be an absolute path.")
                )
            limits = {
                settings._fields["crm_warehouse_versions"]: (1, 50),
                settings._fields["crm_warehouse_threads"]: (1, 256),
                settings._fields["crm_warehouse_memory_mb"]: (64, 1048576),
            }
            for field, (lowest, highest) in limits.items():
                if not lowest <= settings[field.name] <= highest:
                    raise ValidationError(
                        self.env._(
                            "%(field)s must be between %(lowest)s and %(highest)s.",
                            field=field._description_string(self.env),
                            lowest=lowest,
                            highest=highest,
                        )
                    )

    def action_refresh_crm_warehouse(self):
        """Save nothing, queue a refresh of the warehouse and show it."""
        return self.env["crm.warehouse.run"].action_refresh_now()
