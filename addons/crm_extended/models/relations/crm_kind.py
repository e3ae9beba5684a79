from odoo import fields, models
from odoo.tools import SQL, drop_view_if_exists

from ...view_relation import ViewMany2many

PAIRS = "crm_partner_kind"

FACTS = [
    ("person", "A person"),
    ("company", "A company"),
    ("branch", "A branch of a company, or a branch of ours"),
    ("supplier", "We buy from it"),
    ("employee", "Works here"),
]

# A relation counts from its first to its last day
NOW = """
    r.active AND COALESCE(r.date_start, CURRENT_DATE) <= CURRENT_DATE
             AND COALESCE(r.date_end, CURRENT_DATE) >= CURRENT_DATE
"""

# Nothing that it is by a relation stands instead of person or company
ALONE = """
    NOT EXISTS (
        SELECT FROM related
          JOIN crm_kind other ON other.id = related.kind_id AND other.replaces
         WHERE related.partner_id = p.id)
"""

# What a customer is follows from what is known, so there is no column to keep right:
# from its row, from the branches of the house and from its relations of today.
VIEW = """
    CREATE VIEW {pairs} AS
    WITH related AS NOT MATERIALIZED (
        SELECT r.left_partner_id AS partner_id, t.left_kind_id AS kind_id
          FROM res_partner_relation r
          JOIN res_partner_relation_type t ON t.id = r.type_id
         WHERE t.left_kind_id IS NOT NULL AND {now}
         UNION ALL
        SELECT r.right_partner_id, t.right_kind_id
          FROM res_partner_relation r
          JOIN res_partner_relation_type t ON t.id = r.type_id
         WHERE t.right_kind_id IS NOT NULL AND {now}
         UNION ALL
        SELECT b.partner_id, k.id
          FROM crm_branch b JOIN crm_kind k ON k.fact = 'branch'
         WHERE b.partner_id IS NOT NULL
    )
    SELECT partner_id, kind_id FROM related
     UNION
    SELECT p.id, k.id
      FROM crm_kind k JOIN res_partner p ON p.is_company IS NOT TRUE
     WHERE k.fact = 'person' AND (p.parent_id IS NULL OR p.type = 'contact')
       AND {alone}
     UNION
    SELECT p.id, k.id
      FROM crm_kind k JOIN res_partner p ON p.is_company AND p.parent_id IS NULL
     WHERE k.fact = 'company' AND {alone}
     UNION
    SELECT p.id, k.id
      FROM crm_kind k JOIN res_partner p ON p.is_company AND p.parent_id IS NOT NULL
     WHERE k.fact = 'branch' AND {alone}
     UNION
    SELECT p.id, k.id
      FROM res_partner p JOIN crm_kind k ON k.fact = 'supplier'
     WHERE p.supplier_rank > 0
     UNION
    SELECT p.id, k.id
      FROM res_partner p JOIN crm_kind k ON k.fact = 'employee'
     WHERE p.employee OR NOT p.partner_share
"""

READ = ["is_company", "parent_id", "type", "supplier_rank", "employee", "partner_share"]


class KindMany2many(ViewMany2many):
    """Kinds follow from the customer's own row, which may have changed just now."""

    def read(self, records):  # pylint: disable=missing-return
        records.flush_model(READ)
        super().read(records)


class CrmKind(models.Model):
    """What a customer is: a person, a household, a branch, a trade partner...

    A customer may be of several kinds at once; the first by sequence colours it. Kinds
    follow from facts or from relations (`res.partner.relation.type` says which), so
    nobody enters them and they are never out of date.
    """

    _name = "crm.kind"
    _description = "Kind of Customer"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=50, help="The first kind of a customer colours it in drawings"
    )
    color = fields.Integer(default=1)
    fact = fields.Selection(
        FACTS,
        string="Follows From",
        help="What is known of the customer itself. Empty: it follows from relations.",
    )
    replaces = fields.Boolean(
        string="Instead of Person or Company",
        help="A household is not a person besides, nor is a branch a company",
    )
    left_type_ids = fields.One2many(
        "res.partner.relation.type", "left_kind_id", string="Who Stands First In"
    )
    right_type_ids = fields.One2many(
        "res.partner.relation.type", "right_kind_id", string="Who Stands Second In"
    )

    _fact_uniq = models.UniqueIndex(
        "(fact) WHERE fact IS NOT NULL", "Another kind follows from this fact already."
    )

    def init(self):
        """The view reads columns of other models, which come into being after this."""
        self.pool.post_init(self._make_view)

    def _make_view(self):
        drop_view_if_exists(self.env.cr, PAIRS)
        self.env.cr.execute(SQL(VIEW.format(pairs=PAIRS, now=NOW, alone=ALONE)))
