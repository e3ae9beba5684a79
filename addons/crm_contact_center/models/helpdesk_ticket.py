from odoo import fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    partner_segment_ids = fields.Many2many(
        related="partner_id.segment_ids",
        string="Customer Segments",
        groups="crm_extended.group_customer_user",
    )
