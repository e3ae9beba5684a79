from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_lifecycle_active_days = fields.Integer(
        string="Buying for",
        default=90,
        config_parameter="crm_extended.lifecycle_active_days",
        help="Days after a purchase that a customer counts as buying",
    )
    crm_lifecycle_lost_days = fields.Integer(
        string="Lost after",
        default=365,
        config_parameter="crm_extended.lifecycle_lost_days",
        help="Days without a purchase after which a customer counts as lost",
    )
