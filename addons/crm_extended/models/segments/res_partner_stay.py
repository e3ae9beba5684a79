from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    segment_stay_ids = fields.One2many(
        "crm.segment.member",
        "partner_id",
        string="Stays in Segments",
        readonly=True,
        groups="crm_extended.group_customer_user",
        help="All stays, those that ended too",
    )
