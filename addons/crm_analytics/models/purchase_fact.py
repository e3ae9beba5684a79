"""The purchase fact, defined once: what a customer bought, when, where and for how
much.

Grain: one line of a posted customer invoice or refund; the part of a confirmed order
line that was never invoiced; one imported past purchase. Amounts, costs and margins
are without tax, in the company's currency by the rate of the day; refunds and returns
are negative. The customer is the commercial entity. Cost is empty where nobody knows
it, and so is a date before 1900 or after 2999: one mistyped year would stop every
calendar it is grouped by.

PostgreSQL answers this query as the table of `crm.cube.purchase`; the warehouse's
refresh copies its rows. So both know the same facts.
"""

from odoo.tools import SQL

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
    "quantity": "DECIMAL(18,4)",
    "amount": "DECIMAL(18,4)",
    "cost": "DECIMAL(18,4)",
    "margin": "DECIMAL(18,4)",
}

DEPENDS = {
    "account.move": [
        "commercial_partner_id",
        "invoice_date",
        "invoice_user_id",
        "move_type",
        "team_id",
    ],
    "account.move.line": [
        "balance",
        "company_id",
        "date",
        "display_type",
        "parent_state",
        "product_id",
        "product_uom_id",
        "quantity",
        "sale_line_ids",
    ],
    "crm.purchase": [
        "amount_company",
        "branch_id",
        "categ_id",
        "channel",
        "company_id",
        "cost_company",
        "date",
        "partner_id",
        "payment_method",
        "product_id",
        "quantity",
        "source_id",
    ],
    "crm.segment": ["family_id"],
    "crm.segment.family": ["code"],
    "crm.segment.member": ["company_id", "partner_id", "segment_id", "valid_to"],
    "product.product": ["product_tmpl_id", "standard_price"],
    "product.template": ["categ_id", "uom_id"],
    "res.company": ["currency_id", "partner_id"],
    "res.partner": ["commercial_partner_id", "country_id", "tz"],
    "sale.order": ["currency_rate", "date_order", "partner_id", "team_id", "user_id"],
    "sale.order.line": [
        "company_id",
        "display_type",
        "invoice_lines",
        "is_downpayment",
        "price_subtotal",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "state",
    ],
    "uom.uom": ["factor"],
}

INVOICED = SQL(
    """
    SELECT line.id::bigint * 4 AS id, 'invoice' AS origin, line.id AS origin_id,
           COALESCE(move.invoice_date, line.date) AS date,
           move.commercial_partner_id AS partner_id, line.company_id, line.product_id,
           template.categ_id, NULL::integer AS branch_id, NULL::integer AS source_id,
           NULL::varchar AS channel, NULL::varchar AS payment_method,
           move.invoice_user_id AS user_id, move.team_id,
           sign.n * line.quantity AS quantity,
           -line.balance AS amount,
           sign.n * line.quantity * COALESCE(unit.factor / NULLIF(base.factor, 0), 1)
               * (product.standard_price ->> line.company_id::text)::numeric AS cost
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN LATERAL (SELECT CASE move.move_type
                           WHEN 'out_refund' THEN -1 ELSE 1 END) sign(n) ON TRUE
 LEFT JOIN product_product product ON product.id = line.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
 LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
 LEFT JOIN uom_uom base ON base.id = template.uom_id
     WHERE line.parent_state = 'posted'
       AND line.display_type = 'product'
       AND move.move_type IN ('out_invoice', 'out_refund')
       AND move.commercial_partner_id IS NOT NULL
    """
)

# How far each order line was ever invoiced: the highest that its posted invoices less
# refunds stood at. What is credited is not ordered anew, what is credited and invoiced
# again counts once. Lowest for a line that orders a return. Of a down payment (`owed`)
# the part that no invoice took off yet; crediting that invoice does not owe it again.
REACHED = SQL(
    """
    SELECT step.line_id, GREATEST(MAX(step.net), 0) AS highest,
           LEAST(MIN(step.net), 0) AS lowest,
           GREATEST(SUM(step.quantity) FILTER (WHERE NOT step.is_given_back), 0)
               AS owed_quantity,
           GREATEST(SUM(step.amount) FILTER (WHERE NOT step.is_given_back), 0)
               AS owed_amount
      FROM (SELECT part.line_id, part.quantity, part.amount, part.is_given_back,
                   SUM(part.quantity) OVER (PARTITION BY part.line_id
                                            ORDER BY part.date, part.move_id) AS net
              FROM (SELECT link.order_line_id AS line_id, bill.date, bill.move_id,
                           CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                               * bill.quantity * COALESCE(
                                   unit.factor / NULLIF(ordered.factor, 0), 1)
                               AS quantity,
                           -bill.balance AS amount,
                           move.move_type = 'out_refund' AND bill.quantity < 0
                               AS is_given_back
                      FROM sale_order_line_invoice_rel link
                      JOIN account_move_line bill ON bill.id = link.invoice_line_id
                      JOIN account_move move ON move.id = bill.move_id
                      JOIN sale_order_line line ON line.id = link.order_line_id
                 LEFT JOIN uom_uom unit ON unit.id = bill.product_uom_id
                 LEFT JOIN uom_uom ordered ON ordered.id = line.product_uom_id
                     WHERE bill.parent_state = 'posted'
                       AND move.move_type IN ('out_invoice', 'out_refund')
                       AND line.state = 'sale') part) step
  GROUP BY step.line_id
    """
)

# A down payment counts when it is invoiced; its order line takes the same sum off what
# is still to come.
ORDERED = SQL(
    """
    SELECT line.id::bigint * 4 + 1, 'order', line.id,
           (sale.date_order AT TIME ZONE 'UTC'
               AT TIME ZONE COALESCE(NULLIF(place.tz, ''), 'UTC'))::date,
           customer.commercial_partner_id, line.company_id, line.product_id,
           template.categ_id, NULL, NULL, NULL, NULL, sale.user_id, sale.team_id,
           rest.quantity, worth.amount,
           rest.quantity * COALESCE(unit.factor / NULLIF(base.factor, 0), 1)
               * (product.standard_price ->> line.company_id::text)::numeric
      FROM sale_order_line line
      JOIN sale_order sale ON sale.id = line.order_id
      JOIN res_partner customer ON customer.id = sale.partner_id
      JOIN res_company company ON company.id = line.company_id
      JOIN res_partner place ON place.id = company.partner_id
 LEFT JOIN (%s) reached ON reached.line_id = line.id
      JOIN LATERAL (SELECT ROUND(CASE
               WHEN line.is_downpayment THEN -COALESCE(reached.owed_quantity, 0)
               WHEN line.product_uom_qty > 0 THEN GREATEST(
                   line.product_uom_qty - COALESCE(reached.highest, 0), 0)
               ELSE LEAST(line.product_uom_qty - COALESCE(reached.lowest, 0), 0)
               END::numeric, 6)) rest(quantity) ON TRUE
      JOIN LATERAL (SELECT CASE
               WHEN line.is_downpayment THEN -COALESCE(reached.owed_amount, 0)
               ELSE line.price_subtotal * rest.quantity
                   / NULLIF(line.product_uom_qty, 0)
                   / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
               END) worth(amount) ON TRUE
 LEFT JOIN product_product product ON product.id = line.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
 LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
 LEFT JOIN uom_uom base ON base.id = template.uom_id
     WHERE line.state = 'sale'
       AND line.display_type IS NULL
       AND worth.amount <> 0
    """,
    REACHED,
)

IMPORTED = SQL(
    """
    SELECT past.id::bigint * 4 + 2, 'import', past.id, past.date,
           customer.commercial_partner_id, past.company_id, past.product_id,
           COALESCE(past.categ_id, template.categ_id), past.branch_id, past.source_id,
           past.channel, past.payment_method, NULL, NULL,
           past.quantity, past.amount_company, past.cost_company
      FROM crm_purchase past
      JOIN res_partner customer ON customer.id = past.partner_id
 LEFT JOIN product_product product ON product.id = past.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
    """
)

# The segment of the customer's own company goes before the one shared by all.
SEGMENTS = SQL(
    """
    SELECT DISTINCT ON (member.partner_id, member.company_id)
           member.partner_id, member.company_id, member.segment_id
      FROM crm_segment_member member
      JOIN crm_segment segment ON segment.id = member.segment_id
      JOIN crm_segment_family family ON family.id = segment.family_id
     WHERE member.valid_to IS NULL AND family.code = %s
  ORDER BY member.partner_id, member.company_id, member.id DESC
    """,
    SEGMENT_FAMILY,
)


def purchase_fact():
    """The fact as one SELECT (`odoo.tools.SQL`) with the columns of `COLUMNS`."""
    return SQL(
        """
        WITH segment AS MATERIALIZED (%(segments)s)
        SELECT fact.id, fact.origin, fact.origin_id,
               CASE WHEN fact.date BETWEEN '1900-01-01' AND '2999-12-31'
                    THEN fact.date END AS date,
               fact.partner_id,
               fact.company_id, company.currency_id, fact.product_id, fact.categ_id,
               fact.branch_id, fact.source_id, fact.channel, fact.payment_method,
               partner.country_id, fact.user_id, fact.team_id,
               COALESCE(own.segment_id, shared.segment_id) AS segment_id,
               fact.quantity::numeric(18, 4) AS quantity,
               fact.amount::numeric(18, 4) AS amount,
               fact.cost::numeric(18, 4) AS cost,
               (fact.amount::numeric(18, 4) - fact.cost::numeric(18, 4))
                   ::numeric(18, 4) AS margin
          FROM (%(invoiced)s UNION ALL %(ordered)s UNION ALL %(imported)s) fact
          JOIN res_company company ON company.id = fact.company_id
          JOIN res_partner partner ON partner.id = fact.partner_id
     LEFT JOIN segment own
            ON own.partner_id = fact.partner_id AND own.company_id = fact.company_id
     LEFT JOIN segment shared
            ON shared.partner_id = fact.partner_id AND shared.company_id IS NULL
        """,
        segments=SEGMENTS,
        invoiced=INVOICED,
        ordered=ORDERED,
        imported=IMPORTED,
    )
