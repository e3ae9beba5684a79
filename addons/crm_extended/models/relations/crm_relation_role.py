from odoo import fields, models
from odoo.tools import SQL, drop_view_if_exists

ROLES = """
    SELECT id * 2 AS id, id AS type_id, FALSE AS is_inverse, name,
           left_partner_type AS own_type, right_partner_type AS other_type
      FROM res_partner_relation_type
     UNION ALL
    SELECT id * 2 + 1, id, TRUE, name_inverse, right_partner_type, left_partner_type
      FROM res_partner_relation_type
     WHERE NOT COALESCE(is_symmetric, FALSE)
"""


class CrmRelationRole(models.Model):
    """One side of a type of relations: "works for" is one role, "employs" the other.

    A type has two roles, a symmetric one (competitors) has one. The number of a role is
    twice the type's, plus one for the role read from the right.
    """

    _name = "crm.relation.role"
    _description = "Role in a Relation"
    _auto = False
    _order = "name, id"
    _depends = {
        "res.partner.relation.type": [
            "name",
            "name_inverse",
            "left_partner_type",
            "right_partner_type",
            "is_symmetric",
        ]
    }

    name = fields.Char(readonly=True, translate=True)
    type_id = fields.Many2one("res.partner.relation.type", readonly=True)
    is_inverse = fields.Boolean("Read from the Right", readonly=True)
    own_type = fields.Char(readonly=True, help="c: companies only, p: persons only")
    other_type = fields.Char(readonly=True, help="c: companies only, p: persons only")

    def init(self):
        drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(SQL("CREATE VIEW crm_relation_role AS %s", SQL(ROLES)))
