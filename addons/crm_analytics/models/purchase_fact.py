"""The purchase fact: the lines of `purchase_lines` of the customer base, with segment.

A date before 1900 or after 2999 is left empty: one mistyped year would stop every
calendar it is grouped by.

PostgreSQL answers this query as the table of `crm.cube.purchase`; the warehouse's
refresh copies its rows. So both know the same facts.
"""

from odoo.tools import SQL

from odoo.addons.crm_extended.models.sources.purchase_lines import (
    DEPENDS as LINES_DEPEND,
)
from odoo.addons.crm_extended.models.sources.purchase_lines import purchase_lines

ORIGINS = [  # kind in the last two bits of the id, see `origin_of`
    ("invoice", "Invoice"),
    ("order", "Order Not Invoiced Yet"),
    ("import", "Imported Purchase"),
]
MODELS = {
    "invoice": "account.move.line",
    "order": "sale.order.line",
    "import": "crm.purchase",
}
SEGMENT_FAMILY = "rfm"

# Type in the snapshot by column, in the order of the query. Decimals of 18 digits are
# what DuckDB sums fastest; a larger amount than 99 trillion stops the refresh.
COLUMNS = {
    "id": "BIGINT",
    "origin": "VARCHAR",
    "origin_id": "INTEGER",
    "date": "DATE",
    "partner_id": "INTEGER",
    "company_id": "INTEGER",
    "currency_id": "INTEGER",
    "product_id": "INTEGER",
    "categ_id": "INTEGER",
    "branch_id": "INTEGER",
    "source_id": "INTEGER",
    "channel": "VARCHAR",
    "payment_method": "VARCHAR",
    "country_id": "INTEGER",
    "user_id": "INTEGER",
    "team_id": "INTEGER",
    "segment_id": "INTEGER",
    "segment_then_id": "INTEGER",
    "quantity": "DECIMAL(18,4)",
    "amount": "DECIMAL(18,4)",
    "cost": "DECIMAL(18,4)",
    "margin": "DECIMAL(18,4)",
}

DEPENDS = {
    **LINES_DEPEND,
    "crm.segment": ["family_id"],
    "crm.segment.family": ["code"],
    "crm.segment.member": [
        "company_id",
        "partner_id",
        "segment_id",
        "valid_from",
        "valid_to",
    ],
}

# The family chosen in the settings, else that of RFM.
FAMILY = SQL(
    """
    COALESCE((SELECT value::int FROM ir_config_parameter
               WHERE key = 'crm_analytics.segment_family' AND value ~ '^[0-9]{1,9}$'),
             (SELECT id FROM crm_segment_family WHERE code = %s))
    """,
    SEGMENT_FAMILY,
)

# The segment of the customer's own company goes before the one shared by all.
SEGMENTS = SQL(
    """
    SELECT DISTINCT ON (member.partner_id, member.company_id)
           member.partner_id, member.company_id, member.segment_id
      FROM crm_segment_member member
      JOIN crm_segment segment ON segment.id = member.segment_id
     WHERE member.valid_to IS NULL AND segment.family_id = %s
  ORDER BY member.partner_id, member.company_id, member.id DESC
    """,
    FAMILY,
)

# Where a customer was from day to day: a stay ends at the latest when the next begins,
# so that no purchase is in two of them.
STAYS = SQL(
    """
    SELECT member.partner_id, member.company_id, member.segment_id, member.valid_from,
           LEAST(COALESCE(member.valid_to, 'infinity'),
                 COALESCE(LEAD(member.valid_from) OVER (
                     PARTITION BY member.partner_id, member.company_id
                     ORDER BY member.valid_from, member.id), 'infinity')) AS valid_to
      FROM crm_segment_member member
      JOIN crm_segment segment ON segment.id = member.segment_id
     WHERE segment.family_id = %s
    """,
    FAMILY,
)


def purchase_fact():
    """The fact as one SELECT (`odoo.tools.SQL`) with the columns of `COLUMNS`."""
    return SQL(
        """
        WITH segment AS MATERIALIZED (%(segments)s),
             stay AS MATERIALIZED (%(stays)s)
        SELECT fact.id, fact.origin, fact.origin_id,
               CASE WHEN fact.date BETWEEN '1900-01-01' AND '2999-12-31'
                    THEN fact.date END AS date,
               fact.partner_id,
               fact.company_id, company.currency_id, fact.product_id, fact.categ_id,
               fact.branch_id, fact.source_id, fact.channel, fact.payment_method,
               partner.country_id, fact.user_id, fact.team_id,
               COALESCE(own.segment_id, shared.segment_id) AS segment_id,
               COALESCE(own_then.segment_id, shared_then.segment_id)
                   AS segment_then_id,
               fact.quantity::numeric(18, 4) AS quantity,
               fact.amount::numeric(18, 4) AS amount,
               fact.cost::numeric(18, 4) AS cost,
               (fact.amount::numeric(18, 4) - fact.cost::numeric(18, 4))
                   ::numeric(18, 4) AS margin
          FROM (%(lines)s) fact
          JOIN res_company company ON company.id = fact.company_id
          JOIN res_partner partner ON partner.id = fact.partner_id
     LEFT JOIN segment own
            ON own.partner_id = fact.partner_id AND own.company_id = fact.company_id
     LEFT JOIN segment shared
            ON shared.partner_id = fact.partner_id AND shared.company_id IS NULL
     LEFT JOIN stay own_then
            ON own_then.partner_id = fact.partner_id
           AND own_then.company_id = fact.company_id
           AND fact.date >= own_then.valid_from AND fact.date < own_then.valid_to
     LEFT JOIN stay shared_then
            ON shared_then.partner_id = fact.partner_id
           AND shared_then.company_id IS NULL
           AND fact.date >= shared_then.valid_from
           AND fact.date < shared_then.valid_to
        """,
        segments=SEGMENTS,
        stays=STAYS,
        lines=purchase_lines(),
    )
