from odoo import fields, models


class WorkCandidate(models.Model):
    """One of several customers who may be behind a contact; a person decides."""

    _name = "crm.work.candidate"
    _description = "Possible Customer of a Work Item"
    _rec_name = "partner_id"

    item_id = fields.Many2one(
        "crm.work.item", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    reason = fields.Char(string="Why", help="What speaks for this customer")
    phone = fields.Char(related="partner_id.phone")
    city = fields.Char(related="partner_id.city")

    _item_partner_uniq = models.Constraint(
        "UNIQUE (item_id, partner_id)", "This customer is already among the candidates."
    )

    def action_choose(self):
        """This is the customer: the item and its conversation go to his record."""
        self.ensure_one()
        self.item_id.check_access("write")
        self.item_id.partner_id = self.partner_id
        return True
