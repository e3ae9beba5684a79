from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_dependence_months = fields.Integer(
        string="Known to Others Within",
        default=12,
        config_parameter="crm_extended.dependence_months",
        help="Months without a contact of anybody else after which a customer counts "
        "as held by the salesperson alone",
    )
    crm_vigilance_rows = fields.Integer(
        string="Look at Reading Above",
        default=200,
        config_parameter="crm_extended.vigilance_rows",
        help="Customer records a day; less raises no alert, however unusual",
    )
