from odoo import fields, models

GROUP = "crm_extended.group_customer_user"


class AccountMove(models.Model):
    _inherit = "account.move"

    partner_segment_ids = fields.Many2many(
        related="partner_id.segment_ids", string="Customer Segments", groups=GROUP
    )


class CrmInteraction(models.Model):
    _inherit = "crm.interaction"

    partner_segment_ids = fields.Many2many(
        related="partner_id.segment_ids", string="Customer Segments"
    )


class CrmPurchase(models.Model):
    _inherit = "crm.purchase"

    partner_segment_ids = fields.Many2many(
        related="partner_id.segment_ids", string="Customer Segments"
    )
