from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    contact_reopen_days = fields.Integer(string="Reopen Within (Days)", default=14)
    contact_queue_id = fields.Many2one("crm.queue", string="Default Queue")
    contact_create_prospect = fields.Boolean(
        string="Make Prospects of Unknown Senders", default=True
    )

    _contact_reopen_days_sane = models.Constraint(
        "CHECK (contact_reopen_days >= 0 AND contact_reopen_days <= 3650)",
        "Items reopen within 0 (never) to 3650 days.",
    )
