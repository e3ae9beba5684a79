from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

VIEWS = ["crm_relation_ids", "relation_role_ids", "kind_ids"]

OWNERSHIP = "ownership"  # what a company's own field for its parent says, too

# Walks upwards from each new relation as long as all of the way holds on one day. UNION
# drops what was seen, so that a circle that is there already does not go on for ever.
CIRCLES = """
    WITH RECURSIVE edge AS (
        SELECT r.id, r.left_partner_id AS low, r.right_partner_id AS high, t.hierarchy,
               CASE WHEN r.date_start > r.date_end THEN 'empty'::daterange
                    ELSE daterange(r.date_start, r.date_end, '[]') END AS days
          FROM res_partner_relation r
          JOIN res_partner_relation_type t ON t.id = r.type_id
         WHERE r.active AND t.hierarchy IS NOT NULL
    ), way AS (
        %(starts)s
         UNION
        SELECT w.start, w.foot, e.high, w.hierarchy, w.days * e.days
          FROM way w
          JOIN LATERAL (
               SELECT r.high, r.days FROM edge r
                WHERE r.low = w.high AND r.hierarchy = w.hierarchy
                UNION ALL
               SELECT p.parent_id, daterange(NULL, NULL) FROM res_partner p
                WHERE p.id = w.high AND p.parent_id IS NOT NULL AND p.is_company
                  AND w.hierarchy = %(ownership)s) e ON true
         WHERE w.high != w.foot AND NOT isempty(w.days * e.days)
    )
    SELECT DISTINCT start FROM way WHERE high = foot ORDER BY start LIMIT 1
"""
BY_RELATION = """
    SELECT id AS start, low AS foot, high, hierarchy, days
      FROM edge WHERE id IN %s AND low != high
"""
BY_PARENT = """
    SELECT id AS start, id AS foot, parent_id AS high, %s::varchar AS hierarchy,
           daterange(NULL, NULL) AS days
      FROM res_partner WHERE id IN %s AND parent_id IS NOT NULL
"""


class ResPartnerRelation(models.Model):
    _inherit = "res.partner.relation"

    left_partner_id = fields.Many2one(index=True)
    right_partner_id = fields.Many2one(index=True)
    type_id = fields.Many2one(index=True)

    @api.constrains(
        "left_partner_id",
        "right_partner_id",
        "type_id",
        "date_start",
        "date_end",
        "active",
    )
    def _check_circle(self):
        """:raises ValidationError: when somebody would stand above itself"""
        words = {relation.type_id.hierarchy for relation in self} - {False}
        if not words:
            return
        self._wait_in_line(words)
        found = self._find_circle(SQL(BY_RELATION, tuple(self.ids)))
        if found:
            relation = self.browse(found)
            raise ValidationError(
                self.env._(
                    "“%(left)s %(role)s %(right)s” would close a circle: %(right)s "
                    "already stands below %(left)s. End or remove one of the relations "
                    "between them first.",
                    left=relation.left_partner_id.name,
                    role=relation.type_id.name,
                    right=relation.right_partner_id.name,
                )
            )

    @api.model
    def _find_circle(self, starts):
        """The number of a start from which the way up leads back to its foot, or None.

        :param starts: SQL of rows start, foot, high, hierarchy, days
        """
        self.flush_model()
        self.env["res.partner"].flush_model(["parent_id", "is_company"])
        self.env["res.partner.relation.type"].flush_model(["hierarchy"])
        rows = self.env.execute_query(SQL(CIRCLES, starts=starts, ownership=OWNERSHIP))
        return rows[0][0] if rows else None

    def _wait_in_line(self, words):
        """Two people who close a circle from both ends at once are told one by one.

        Neither sees the other's relation yet. Both change the row of the type, hence
        the second fails to serialise and is run again with the first one's in view.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner_relation_type SET hierarchy = hierarchy "
                "WHERE hierarchy IN %s",
                tuple(sorted(words)),
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        relations = super().create(vals_list)
        self._forget_views()
        return relations

    def write(self, vals):
        result = super().write(vals)
        self._forget_views()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_views()
        return result

    @api.model
    def _forget_views(self):
        """What is read through queries over relations is read again."""
        self.env["crm.relation"].invalidate_model()
        self.env["res.partner"].invalidate_model(VIEWS)
