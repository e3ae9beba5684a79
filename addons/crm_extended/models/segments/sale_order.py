from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    partner_segment_ids = fields.Many2many(
        related="partner_id.segment_ids",
        string="Customer Segments",
        groups="crm_extended.group_customer_user",
    )
