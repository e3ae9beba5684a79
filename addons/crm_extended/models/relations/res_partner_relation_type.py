from odoo import api, fields, models


class ResPartnerRelationType(models.Model):
    _inherit = "res.partner.relation.type"

    hierarchy = fields.Char(
        help="A word that names an order from below to above, such as ownership. "
        "Relations of all types with one word may not form a circle on any day. "
        "Empty: circles are allowed."
    )
    left_kind_id = fields.Many2one(
        "crm.kind",
        string="Makes the Left a",
        ondelete="set null",
        help="Kind of customer that whoever stands left is by this relation",
    )
    right_kind_id = fields.Many2one(
        "crm.kind",
        string="Makes the Right a",
        ondelete="set null",
        help="Kind of customer that whoever stands right is by this relation",
    )

    @api.constrains("hierarchy")
    def _check_hierarchy(self):
        relations = self.env["res.partner.relation"].sudo()  # of every company
        relations.search([("type_id", "in", self.ids)])._check_circle()

    @api.model_create_multi
    def create(self, vals_list):
        types = super().create(vals_list)
        types._forget_roles()
        return types

    def write(self, vals):
        result = super().write(vals)
        self._forget_roles()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_roles()
        return result

    def _forget_roles(self):
        """What is read through queries over types and relations is read again."""
        self.env["crm.relation.role"].invalidate_model()
        self.env["res.partner.relation"]._forget_views()
