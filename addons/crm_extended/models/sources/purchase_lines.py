"""What a customer bought, when, where and for how much, defined once for the suite.

Grain: one line of a posted customer invoice or refund; the part of a confirmed order
line that was never invoiced; one imported past purchase. So nothing counts twice.
Amounts and costs are without tax, in the company's currency by the rate of the day;
refunds and returns are negative. The customer is the commercial entity. Cost is empty
where nobody knows it.
"""

from odoo.tools import SQL

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
        "discount",
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
    "product.product": ["product_tmpl_id", "standard_price"],
    "product.template": ["categ_id", "uom_id"],
    "res.company": ["currency_id", "partner_id"],
    "res.partner": ["commercial_partner_id", "country_id", "tz"],
    "sale.order": ["currency_rate", "date_order", "partner_id", "team_id", "user_id"],
    "sale.order.line": [
        "company_id",
        "discount",
        "display_type",
        "invoice_lines",
        "is_downpayment",
        "price_subtotal",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "reward_id",
        "state",
    ],
    "uom.uom": ["factor"],
}

# What was bought cheaper: with a discount on the line, or on a document with the reward
# of a promotion. Points, e-wallets and gift cards are the customer's own money.
PROMOTIONS = SQL(
    "('promotion', 'promo_code', 'coupons', 'buy_x_get_y', 'next_order_coupons')"
)
PROMOTED = SQL(
    """
    SELECT gift.id, gift.order_id
      FROM sale_order_line gift
      JOIN loyalty_reward reward ON reward.id = gift.reward_id
      JOIN loyalty_program program ON program.id = reward.program_id
     WHERE program.program_type IN %s
    """,
    PROMOTIONS,
)

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
               * (product.standard_price ->> line.company_id::text)::numeric AS cost,
           CASE WHEN promoted.move_id IS NOT NULL AND EXISTS (
                     SELECT FROM sale_order_line_invoice_rel link
                       JOIN (%(promoted)s) gift ON gift.id = link.order_line_id
                      WHERE link.invoice_line_id = line.id) THEN 0
                ELSE -line.balance
                         / COALESCE(NULLIF(1 - line.discount / 100, 0), 1)::numeric
                END AS list_amount,
           COALESCE(line.discount, 0) > 0 OR promoted.move_id IS NOT NULL AS is_bargain
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN LATERAL (SELECT CASE move.move_type
                           WHEN 'out_refund' THEN -1 ELSE 1 END) sign(n) ON TRUE
 LEFT JOIN product_product product ON product.id = line.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
 LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
 LEFT JOIN uom_uom base ON base.id = template.uom_id
 LEFT JOIN (SELECT DISTINCT bill.move_id
              FROM (%(promoted)s) gift
              JOIN sale_order_line_invoice_rel link ON link.order_line_id = gift.id
              JOIN account_move_line bill ON bill.id = link.invoice_line_id) promoted
        ON promoted.move_id = line.move_id
     WHERE line.parent_state = 'posted'
       AND line.display_type = 'product'
       AND move.move_type IN ('out_invoice', 'out_refund')
       AND move.commercial_partner_id IS NOT NULL
    """,
    promoted=PROMOTED,
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
               * (product.standard_price ->> line.company_id::text)::numeric,
           CASE WHEN promoted.order_id IS NOT NULL AND EXISTS (
                     SELECT FROM (%(promoted)s) gift WHERE gift.id = line.id) THEN 0
                ELSE worth.amount / COALESCE(NULLIF(1 - line.discount / 100, 0), 1)
                END,
           COALESCE(line.discount, 0) > 0 OR promoted.order_id IS NOT NULL
      FROM sale_order_line line
      JOIN sale_order sale ON sale.id = line.order_id
      JOIN res_partner customer ON customer.id = sale.partner_id
      JOIN res_company company ON company.id = line.company_id
      JOIN res_partner place ON place.id = company.partner_id
 LEFT JOIN (%(reached)s) reached ON reached.line_id = line.id
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
 LEFT JOIN (SELECT DISTINCT gift.order_id FROM (%(promoted)s) gift) promoted
        ON promoted.order_id = line.order_id
     WHERE line.state = 'sale'
       AND line.display_type IS NULL
       AND worth.amount <> 0
    """,
    reached=REACHED,
    promoted=PROMOTED,
)

IMPORTED = SQL(
    """
    SELECT past.id::bigint * 4 + 2, 'import', past.id, past.date,
           customer.commercial_partner_id, past.company_id, past.product_id,
           COALESCE(past.categ_id, template.categ_id), past.branch_id, past.source_id,
           past.channel, past.payment_method, NULL, NULL,
           past.quantity, past.amount_company, past.cost_company,
           NULL, NULL
      FROM crm_purchase past
      JOIN res_partner customer ON customer.id = past.partner_id
 LEFT JOIN product_product product ON product.id = past.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
    """
)


def purchase_lines():
    """What was bought as one SELECT (`odoo.tools.SQL`), without a check of rights.

    Columns: id, origin (`invoice`, `order`, `import`), origin_id, date, partner_id,
    company_id, product_id, categ_id, branch_id, source_id, channel, payment_method,
    user_id, team_id, quantity, amount, cost, list_amount (before the line's discount
    and without rewards), is_bargain (bought cheaper). The last two are empty where
    nobody knows, as for imports. The id's last two bits tell the origin.
    """
    return SQL("%s UNION ALL %s UNION ALL %s", INVOICED, ORDERED, IMPORTED)
