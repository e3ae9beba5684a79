from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    contact_reopen_days = fields.Integer(
        related="company_id.contact_reopen_days", readonly=False
    )
    contact_queue_id = fields.Many2one(
        related="company_id.contact_queue_id",
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    contact_create_prospect = fields.Boolean(
        related="company_id.contact_create_prospect", readonly=False
    )
