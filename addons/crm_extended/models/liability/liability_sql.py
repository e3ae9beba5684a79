"""What the ledger says about outstanding points, asked once for all programmes.

Entries are never changed, so any past day can be asked for again. Points are the
ledger's whole numbers divided by the account's digits.
"""

MOVEMENTS = """
    SELECT c.program_id, count(*) FILTER (WHERE e.at >= %(start)s),
           COALESCE(SUM(p.n) FILTER (WHERE e.at < %(start)s), 0) AS opening,
           COALESCE(SUM(p.n) FILTER (WHERE e.at >= %(start)s AND e.kind = 'earn'), 0),
           COALESCE(SUM(p.n) FILTER (WHERE e.at >= %(start)s AND e.kind = 'spend'), 0),
           COALESCE(SUM(p.n) FILTER (WHERE e.at >= %(start)s AND e.kind = 'expire'), 0),
           COALESCE(SUM(p.n) FILTER (
               WHERE e.at >= %(start)s AND e.kind IN ('reverse', 'return')), 0)
      FROM crm_loyalty_entry e
      JOIN crm_loyalty_account a ON a.card_id = e.card_id
      JOIN loyalty_card c ON c.id = e.card_id
      JOIN LATERAL (SELECT e.amount / power(10::numeric, a.digits)) p(n) ON TRUE
     WHERE c.program_id = ANY(%(programs)s) AND e.at < %(stop)s
  GROUP BY c.program_id
"""

LOTS = """
    SELECT l.id, c.program_id, power(10::numeric, a.digits) AS unit, e.document,
           date_trunc('month', e.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
               AS month,
           l.amount / power(10::numeric, a.digits) AS points
      FROM crm_loyalty_lot l
      JOIN crm_loyalty_entry e ON e.id = l.entry_id
      JOIN crm_loyalty_account a ON a.card_id = l.card_id
      JOIN loyalty_card c ON c.id = l.card_id
     WHERE c.program_id = ANY(%(programs)s) AND e.at < %(stop)s
"""

# Of the points of a month, those given with a sale, and what those sales came to.
EARNED = """
    WITH lot AS MATERIALIZED (%(lots)s),
    sold AS (
        SELECT d.program_id, d.month,
               SUM(sale.amount_untaxed
                   / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric) AS price
          FROM (SELECT DISTINCT program_id, month, document FROM lot
                 WHERE document ~ '^sale\\.order,[0-9]{1,9}$') d
          JOIN sale_order sale ON sale.id = split_part(d.document, ',', 2)::int
      GROUP BY d.program_id, d.month)
    SELECT lot.program_id, lot.month, SUM(lot.points),
           COALESCE(SUM(lot.points) FILTER (
               WHERE lot.document ~ '^sale\\.order,[0-9]{1,9}$'), 0),
           COALESCE(MAX(sold.price), 0)
      FROM lot LEFT JOIN sold USING (program_id, month)
  GROUP BY lot.program_id, lot.month
"""

# What became of them, by age in months. What was undone counts for what it undid.
USED = """
    WITH lot AS MATERIALIZED (%(lots)s)
    SELECT lot.program_id, lot.month,
           (EXTRACT(YEAR FROM d.day) - EXTRACT(YEAR FROM lot.month)) * 12
               + EXTRACT(MONTH FROM d.day) - EXTRACT(MONTH FROM lot.month) AS age,
           COALESCE(undone.kind, e.kind) AS kind, SUM(u.amount / lot.unit)
      FROM lot
      JOIN crm_loyalty_use u ON u.lot_id = lot.id
      JOIN crm_loyalty_entry e ON e.id = u.entry_id
 LEFT JOIN crm_loyalty_entry undone
        ON undone.id = COALESCE(e.reverses_id, e.returns_id)
      JOIN LATERAL (SELECT e.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s) d(day) ON TRUE
     WHERE e.at < %(stop)s
  GROUP BY 1, 2, 3, 4
"""
