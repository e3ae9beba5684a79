from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, drop_view_if_exists

from .crm_kind import NOW

PAIRS = "crm_partner_role"
DATES = {"date_start", "date_end"}

# What stayed on a record that was merged is that customer's own history
SHOWN = """
    (r.active AND NOT EXISTS (
        SELECT FROM res_partner p
         WHERE p.merged_into_id IS NOT NULL
           AND p.id IN (r.left_partner_id, r.right_partner_id)))
"""

# Each relation twice, as either of its partners sees it
SIDES = """
    CREATE VIEW crm_relation AS
    SELECT r.id * 2 AS id, r.id AS relation_id, r.left_partner_id AS partner_id,
           r.right_partner_id AS other_id, r.type_id, FALSE AS is_inverse,
           r.type_id * 2 AS role_id, r.date_start, r.date_end, {shown} AS active,
           ({now}) AS is_current
      FROM res_partner_relation r
     UNION ALL
    SELECT r.id * 2 + 1, r.id, r.right_partner_id, r.left_partner_id, r.type_id, TRUE,
           r.type_id * 2 + CASE WHEN t.is_symmetric THEN 0 ELSE 1 END,
           r.date_start, r.date_end, {shown}, ({now})
      FROM res_partner_relation r
      JOIN res_partner_relation_type t ON t.id = r.type_id
"""

# Who has which role today, as the pairs of `res.partner.relation_role_ids`
ROLES = """
    CREATE VIEW {pairs} AS
    SELECT r.left_partner_id AS partner_id, r.type_id * 2 AS role_id
      FROM res_partner_relation r
     WHERE {now}
     UNION
    SELECT r.right_partner_id,
           r.type_id * 2 + CASE WHEN t.is_symmetric THEN 0 ELSE 1 END
      FROM res_partner_relation r
      JOIN res_partner_relation_type t ON t.id = r.type_id
     WHERE {now}
"""


class CrmRelation(models.Model):
    """A relation as one of its two partners sees it: its role, the other, the dates.

    Each `res.partner.relation` is read here twice, once from either side, so that a
    customer's relations are one list whoever stands left. What is entered here is kept
    there. The number of a row is twice the relation's, plus one from the right.
    """

    _name = "crm.relation"
    _description = "Relation of a Customer"
    _auto = False
    _order = "partner_id, role_id, other_id, id"
    _depends = {
        "res.partner.relation": [
            "left_partner_id",
            "right_partner_id",
            "type_id",
            "date_start",
            "date_end",
            "active",
        ],
        "res.partner.relation.type": ["is_symmetric"],
    }

    relation_id = fields.Many2one(
        "res.partner.relation", string="Stored Relation", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    role_id = fields.Many2one("crm.relation.role", string="Relation", required=True)
    type_id = fields.Many2one("res.partner.relation.type", readonly=True)
    other_id = fields.Many2one("res.partner", string="Related To", required=True)
    other_type = fields.Char(related="role_id.other_type")
    date_start = fields.Date(string="Since")
    date_end = fields.Date(string="Until", help="The last day; empty while it lasts")
    is_inverse = fields.Boolean("Read from the Right", readonly=True)
    is_current = fields.Boolean("Holds Today", readonly=True)
    active = fields.Boolean(readonly=True, default=True)

    def init(self):
        """The views read a column that merging adds, which may come after this."""
        self.pool.post_init(self._make_views)

    def _make_views(self):
        for name in (self._table, PAIRS):
            drop_view_if_exists(self.env.cr, name)
        for view in (SIDES, ROLES):
            view = view.format(pairs=PAIRS, now=NOW, shown=SHOWN)
            self.env.cr.execute(SQL(view))

    @api.depends("partner_id.name", "role_id.name", "other_id.name")
    def _compute_display_name(self):
        for relation in self:
            words = (relation.partner_id.name, relation.role_id.name)
            words = (*words, relation.other_id.name)
            relation.display_name = " ".join(word for word in words if word)

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        roles = self._get_roles(vals_list)
        pairs = list(zip(vals_list, roles, strict=True))
        ends = [vals[name] for vals in vals_list for name in ("partner_id", "other_id")]
        self.env["res.partner"].browse(ends).check_access("read")
        relations = self.env["res.partner.relation"].create(
            [self._prepare_relation(vals, role) for vals, role in pairs]
        )
        sides = zip(relations.ids, roles, strict=True)
        return self.browse([id_ * 2 + int(role.is_inverse) for id_, role in sides])

    def write(self, vals):  # pylint: disable=method-required-super
        """Only the dates of a relation change: another partner is another relation."""
        if changed := {
            name
            for name in vals.keys() - DATES
            if any(relation._differs(name, vals[name]) for relation in self)
        }:
            described = self.fields_get(changed, ["string"]).values()
            raise UserError(
                self.env._(
                    "%(fields)s of a relation cannot be changed. End or remove the "
                    "relation and add another.",
                    fields=", ".join(sorted(field["string"] for field in described)),
                )
            )
        dates = {name: vals[name] for name in vals.keys() & DATES}
        self.relation_id.write(dates)
        return True

    def unlink(self):  # pylint: disable=method-required-super
        self.relation_id.unlink()
        return True

    @api.model
    def _prepare_relation(self, vals, role):
        """The values of the stored relation, the right way round."""
        own, other = ("left_partner_id", "right_partner_id")[
            :: -1 if role.is_inverse else 1
        ]
        return {
            own: vals["partner_id"],
            other: vals["other_id"],
            "type_id": role.type_id.id,
            **{name: vals[name] for name in DATES & vals.keys()},
        }

    @api.model
    def _get_roles(self, vals_list):
        """The role of each, in order.

        :raises ValidationError: when a role, or either partner, is missing
        """
        ids = [vals.get("role_id") for vals in vals_list]
        roles = self.env["crm.relation.role"]
        roles = roles.search([("id", "in", [id_ for id_ in ids if type(id_) is int])])
        by_id = {role.id: role for role in roles}
        for vals in vals_list:
            ends = [vals.get("partner_id"), vals.get("other_id")]
            role = vals.get("role_id")
            if type(role) is not int or role not in by_id or not all(ends):
                raise ValidationError(
                    self.env._("Choose a relation and the customer it leads to.")
                )
        return [by_id[id_] for id_ in ids]

    def _differs(self, name, value):
        field = self._fields.get(name)
        return not field or field.convert_to_write(self[name], self) != value
