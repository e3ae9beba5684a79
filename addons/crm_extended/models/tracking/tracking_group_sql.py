"""How groups of customers stand at the end of each of the last quarters.

A window is the 365 days up to the end of a quarter. Windows 0 to 7 are shown; each is
compared with the one four quarters before.
"""

QUARTERS = 8

WINDOWS = """
    CREATE TEMPORARY TABLE crm_track_quarter ON COMMIT DROP AS
    SELECT d.partner_id, q.n,
           count(*) FILTER (WHERE d.is_bought) AS days,
           SUM(d.amount) AS amount, SUM(d.margin) AS margin, SUM(d.costed) AS costed,
           SUM(d.known) AS known, SUM(d.bargain) AS bargain,
           max(d.date) FILTER (WHERE d.is_bought)
               - min(d.date) FILTER (WHERE d.is_bought) AS span,
           bit_count(COALESCE(bit_or(CASE WHEN d.is_bought THEN
               1 << ((q.stop - d.date) * 4 / 365) END), 0)::bit(8)) AS quarters
      FROM crm_track_day d
      JOIN (SELECT n, (%(day)s::date - (n * 365.25 / 4)::int) AS stop
              FROM generate_series(0, %(last)s) n) q
        ON d.date > q.stop - 365 AND d.date <= q.stop
  GROUP BY d.partner_id, q.n
"""

# Who was in which group at the end of each quarter. All who bought in the window or in
# the year before it count.
MEMBERS = """
    CREATE TEMPORARY TABLE crm_track_member ON COMMIT DROP AS
    WITH stop AS (
        SELECT n, (%(day)s::date - (n * 365.25 / 4)::int) AS stop
          FROM generate_series(0, %(shown)s) n
    ), known AS (
        SELECT DISTINCT partner_id, s.n
          FROM crm_track_quarter q JOIN stop s ON q.n IN (s.n, s.n + 4)
    )
    SELECT partner_id, n, 'all' AS kind, NULL::int AS ref FROM known
    UNION ALL
    SELECT k.partner_id, k.n, 'segment', m.segment_id
      FROM crm_segment_member m JOIN known k ON k.partner_id = m.partner_id
      JOIN stop s ON s.n = k.n
     WHERE (m.company_id IS NULL OR m.company_id = %(company)s)
       AND m.valid_from <= s.stop AND (m.valid_to IS NULL OR m.valid_to > s.stop)
    UNION ALL
    SELECT k.partner_id, k.n, 'tier', m.level_id
      FROM crm_loyalty_tier_member m JOIN known k ON k.partner_id = m.partner_id
      JOIN stop s ON s.n = k.n
     WHERE m.company_id = %(company)s
       AND m.valid_from <= s.stop AND (m.valid_to IS NULL OR m.valid_to > s.stop)
    UNION ALL
    SELECT DISTINCT l.partner_id, s.n, 'branch', l.branch_id
      FROM crm_track_line l
      JOIN stop s ON l.date > s.stop - 730 AND l.date <= s.stop
     WHERE l.branch_id IS NOT NULL
"""

# Tables and not parts of the next statement: a plan without their size would compare
# each member with each.
BREADTH = """
    CREATE TEMPORARY TABLE crm_track_breadth ON COMMIT DROP AS
    SELECT partner_id, n, count(*) AS breadth
      FROM (SELECT DISTINCT l.partner_id, l.categ_id, s.n
              FROM (SELECT DISTINCT partner_id, categ_id, date FROM crm_track_line
                     WHERE categ_id IS NOT NULL AND amount > 0) l
              JOIN (SELECT n, (%(day)s::date - (n * 365.25 / 4)::int) AS stop
                      FROM generate_series(0, %(shown)s) n) s
                ON l.date > s.stop - 365 AND l.date <= s.stop) c
  GROUP BY partner_id, n
"""

TALKS = """
    CREATE TEMPORARY TABLE crm_track_talk ON COMMIT DROP AS
    SELECT e.partner_id, s.n, avg(value) FILTER (WHERE kind = 'said') AS said,
           count(*) FILTER (WHERE kind IN ('in', 'open')) AS engaged,
           count(*) FILTER (WHERE kind IN ('in', 'out')) AS contacts,
           count(*) FILTER (WHERE kind = 'brought') AS brought
      FROM crm_track_event e
      JOIN (SELECT n, (%(day)s::date - (n * 365.25 / 4)::int) AS stop
              FROM generate_series(0, %(shown)s) n) s
        ON e.date > s.stop - 365 AND e.date <= s.stop
  GROUP BY e.partner_id, s.n
"""

STORE = """
    INSERT INTO crm_loyalty_group (
           company_id, date, kind, segment_id, level_id, branch_id, customers, buyers,
           tenure, repeat_rate, regular_share, interval_days, lengthening, breadth,
           price_share, referrals, satisfaction, engagement, risk, amount, margin,
           costed_share, retention, retention_base, driver_frequency, driver_service,
           driver_price, driver_advocacy)
    SELECT %(company)s, %(day)s::date - (m.n * 365.25 / 4)::int, m.kind,
           CASE WHEN m.kind = 'segment' THEN m.ref END,
           CASE WHEN m.kind = 'tier' THEN m.ref END,
           CASE WHEN m.kind = 'branch' THEN m.ref END,
           count(*), count(*) FILTER (WHERE now.days > 0),
           avg((%(day)s::date - (m.n * 365.25 / 4)::int - c.first) / 30.4375)
               FILTER (WHERE now.days > 0),
           100.0 * count(*) FILTER (WHERE now.days > 1)
               / NULLIF(count(*) FILTER (WHERE now.days > 0), 0),
           100.0 * count(*) FILTER (WHERE now.quarters >= 3)
               / NULLIF(count(*) FILTER (WHERE now.days > 0), 0),
           avg(now.span::float8 / (now.days - 1)) FILTER (WHERE now.days > 1),
           avg(now.span::float8 / (now.days - 1)) FILTER (WHERE now.days > 1)
               / NULLIF(avg(past.span::float8 / (past.days - 1))
                            FILTER (WHERE past.days > 1), 0),
           avg(b.breadth) FILTER (WHERE now.days > 0),
           100.0 * SUM(COALESCE(now.bargain, 0)) FILTER (WHERE now.known IS NOT NULL)
               / NULLIF(SUM(now.known), 0),
           SUM(COALESCE(t.brought, 0)), avg(t.said),
           avg(COALESCE(t.engaged, 0)), CASE WHEN m.n = 0 THEN avg(k.risk) END,
           COALESCE(SUM(now.amount), 0), SUM(now.margin),
           100.0 * SUM(now.costed) / NULLIF(SUM(now.amount), 0),
           100.0 * count(*) FILTER (WHERE past.days > 0 AND now.days > 0)
               / NULLIF(count(*) FILTER (WHERE past.days > 0), 0),
           count(*) FILTER (WHERE past.days > 0),
           CASE WHEN m.n = 0 THEN avg(k.driver_frequency) END,
           CASE WHEN m.n = 0 THEN avg(k.driver_service) END,
           CASE WHEN m.n = 0 THEN avg(k.driver_price) END,
           CASE WHEN m.n = 0 THEN avg(k.driver_advocacy) END
      FROM crm_track_member m
      JOIN crm_track_customer c ON c.partner_id = m.partner_id
 LEFT JOIN crm_track_quarter now ON now.partner_id = m.partner_id AND now.n = m.n
 LEFT JOIN crm_track_quarter past ON past.partner_id = m.partner_id AND past.n = m.n + 4
 LEFT JOIN crm_track_breadth b ON b.partner_id = m.partner_id AND b.n = m.n
 LEFT JOIN crm_track_talk t ON t.partner_id = m.partner_id AND t.n = m.n
 LEFT JOIN crm_loyalty_track k
        ON k.partner_id = m.partner_id AND k.company_id = %(company)s
  GROUP BY m.kind, m.ref, m.n
"""

# Per year of tenure, of those who bought in it: the year and their own first year.
TENURE = """
    WITH lived AS (
        SELECT d.partner_id, (d.date - c.first) / 365 + 1 AS year, d.margin, d.costed,
               d.amount, d.known, d.list_amount, d.is_bought
          FROM crm_track_day d JOIN crm_track_customer c USING (partner_id)
         WHERE (d.date - c.first) / 365 < LEAST(
               (%(day)s::date - c.first) / 365, %(years)s)
    ), talked AS (
        SELECT e.partner_id, (e.date - c.first) / 365 + 1 AS year,
               count(*) FILTER (WHERE e.kind IN ('in', 'out')) AS contacts,
               count(*) FILTER (WHERE e.kind = 'brought') AS brought
          FROM crm_track_event e JOIN crm_track_customer c USING (partner_id)
         WHERE e.date >= c.first GROUP BY 1, 2
    ), yearly AS (
        SELECT partner_id, year, SUM(margin) AS margin, SUM(costed) AS costed,
               SUM(amount) AS amount, SUM(known) AS known,
               SUM(list_amount) AS list_amount,
               count(*) FILTER (WHERE is_bought) AS days
          FROM lived GROUP BY 1, 2
    )
    SELECT y.year, count(*) AS customers,
           SUM(y.costed) / NULLIF(SUM(y.amount), 0) AS costed,
           SUM(f.costed) / NULLIF(SUM(f.amount), 0) AS costed1,
           SUM(y.margin) AS margin, SUM(f.margin) AS margin1,
           SUM(y.amount) AS amount, SUM(f.amount) AS amount1,
           SUM(y.list_amount) AS listed, SUM(f.list_amount) AS listed1,
           SUM(y.known) AS paid, SUM(f.known) AS paid1,
           SUM(y.days) AS days, SUM(f.days) AS days1,
           SUM(COALESCE(t.contacts, 0)) AS contacts,
           SUM(COALESCE(g.contacts, 0)) AS contacts1,
           SUM(COALESCE(t.brought, 0)) AS brought
      FROM yearly y
      JOIN yearly f ON f.partner_id = y.partner_id AND f.year = 1
 LEFT JOIN talked t ON t.partner_id = y.partner_id AND t.year = y.year
 LEFT JOIN talked g ON g.partner_id = y.partner_id AND g.year = 1
     WHERE y.days > 0
  GROUP BY y.year ORDER BY y.year
"""
