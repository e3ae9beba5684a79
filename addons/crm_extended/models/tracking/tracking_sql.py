"""How loyalty is measured, for all customers of a company at once.

Year 0 are the 365 days up to the day, year 1 those before. A purchase day is a day on
which something was bought and no more returned. The steps fill temporary tables, each
in one pass, so the time grows with the number of purchases.
"""

# What share customers of the company bought up to the day, without internal users.
LINES = """
    CREATE TEMPORARY TABLE crm_track_line ON COMMIT DROP AS
    SELECT f.partner_id, f.date, f.categ_id, f.branch_id, f.amount::float8 AS amount,
           f.cost::float8 AS cost, f.list_amount::float8 AS list_amount, f.is_bargain
      FROM (%(lines)s) f
      JOIN res_partner p ON p.id = f.partner_id
     WHERE f.company_id = %(company)s AND p.partner_share
       AND f.date BETWEEN '1900-01-01' AND %(day)s
"""

DAYS = """
    CREATE TEMPORARY TABLE crm_track_day ON COMMIT DROP AS
    SELECT partner_id, date, amount, known, bargain, list_amount, margin, costed,
           highest >= 0 AND amount >= 0 AS is_bought
      FROM (SELECT partner_id, date, SUM(amount) AS amount, MAX(amount) AS highest,
                   SUM(amount) FILTER (WHERE is_bargain IS NOT NULL) AS known,
                   SUM(amount) FILTER (WHERE is_bargain) AS bargain,
                   SUM(list_amount) AS list_amount,
                   SUM(amount - cost) AS margin,
                   SUM(amount) FILTER (WHERE cost IS NOT NULL) AS costed
              FROM crm_track_line GROUP BY partner_id, date) day
"""

# What customers said of us (0 to 100) and how we talked with each other.
EVENTS = """
    CREATE TEMPORARY TABLE crm_track_event ON COMMIT DROP AS
    SELECT p.commercial_partner_id AS partner_id, e.date, e.kind, e.value
      FROM (SELECT partner_id, rated_on::date AS date, 'said' AS kind,
                   ((rating - 1) * 25)::float8 AS value
              FROM rating_rating
             WHERE consumed AND rating BETWEEN 1 AND 5 AND partner_id IS NOT NULL
            UNION ALL
            SELECT a.partner_id, COALESCE(a.end_datetime, a.create_date)::date, 'said',
                   a.scoring_percentage
              FROM survey_user_input a
              JOIN survey_survey s ON s.id = a.survey_id
             WHERE a.state = 'done' AND a.partner_id IS NOT NULL
               AND s.scoring_type <> 'no_scoring'
               AND NOT COALESCE(s.certification, FALSE)
               AND NOT COALESCE(a.test_entry, FALSE)
            UNION ALL
            SELECT partner_id, date::date,
                   CASE direction WHEN 'in' THEN 'in' ELSE 'out' END, 1
              FROM crm_interaction
             WHERE direction IN ('in', 'out')
               AND channel NOT IN ('order', 'invoice', 'payment')
               AND (company_id IS NULL OR company_id = %(company)s)
            UNION ALL
            SELECT partner_id, date::date, 'said',
                   (substring(outcome from '^([1-5]) */ *5')::int - 1) * 25
              FROM crm_interaction
             WHERE channel = 'survey' AND outcome ~ '^[1-5] */ *5'
               AND (company_id IS NULL OR company_id = %(company)s)
            UNION ALL
            SELECT res_id, COALESCE(links_click_datetime, open_datetime)::date,
                   'open', 1
              FROM mailing_trace
             WHERE model = 'res.partner'
               AND COALESCE(links_click_datetime, open_datetime) IS NOT NULL
            %(referrals)s) e
      JOIN res_partner p ON p.id = e.partner_id
     WHERE p.partner_share AND e.date <= %(day)s
"""

# One row per customer who ever bought: habit, and both years side by side.
CUSTOMERS = """
    CREATE TEMPORARY TABLE crm_track_customer ON COMMIT DROP AS
    WITH turn AS (
        SELECT partner_id, date,
               date - lag(date) OVER turns AS gap,
               row_number() OVER turns AS place,
               count(*) OVER (PARTITION BY partner_id) AS days
          FROM crm_track_day WHERE is_bought
        WINDOW turns AS (PARTITION BY partner_id ORDER BY date)
    ), habit AS (
        SELECT partner_id, min(date) AS first, max(date) AS last, count(*) AS days,
               count(*) FILTER (WHERE date > %(year0)s) AS days0,
               count(*) FILTER (
                   WHERE date > %(year1)s AND date <= %(year0)s) AS days1,
               bit_or(CASE WHEN date > %(year0)s THEN
                   1 << ((%(day)s::date - date) * 4 / 365) END) AS quarters0,
               bit_or(CASE WHEN date > %(year1)s AND date <= %(year0)s THEN
                   1 << ((%(year0)s::date - date) * 4 / 365) END) AS quarters1,
               avg(gap)::float8 AS mean_gap,
               avg(gap) FILTER (WHERE place < days)::float8 AS habit,
               max(gap) FILTER (WHERE place = days) AS last_gap
          FROM turn GROUP BY partner_id
    ), money AS (
        SELECT partner_id,
               SUM(amount) FILTER (WHERE date > %(year0)s) AS amount0,
               SUM(amount) FILTER (WHERE date <= %(year0)s) AS amount1,
               SUM(bargain) FILTER (WHERE date > %(year0)s) AS bargain0,
               SUM(known) FILTER (WHERE date > %(year0)s) AS known0,
               SUM(bargain) FILTER (WHERE date <= %(year0)s) AS bargain1,
               SUM(known) FILTER (WHERE date <= %(year0)s) AS known1
          FROM crm_track_day WHERE date > %(year1)s GROUP BY partner_id
    ), breadth AS (
        SELECT partner_id, count(*) FILTER (WHERE is_now) AS breadth0,
               count(*) FILTER (WHERE NOT is_now) AS breadth1
          FROM (SELECT DISTINCT partner_id, categ_id, date > %(year0)s AS is_now
                  FROM crm_track_line
                 WHERE date > %(year1)s AND categ_id IS NOT NULL AND amount > 0) c
      GROUP BY partner_id
    ), said AS (
        SELECT partner_id,
               avg(value) FILTER (WHERE kind = 'said' AND date > %(year0)s) AS said0,
               avg(value) FILTER (WHERE kind = 'said' AND date <= %(year0)s) AS said1,
               count(*) FILTER (WHERE kind = 'in' AND date > %(year0)s) AS in0,
               count(*) FILTER (WHERE kind = 'out' AND date > %(year0)s) AS out0,
               count(*) FILTER (WHERE kind = 'open' AND date > %(year0)s) AS opens0,
               count(*) FILTER (
                   WHERE kind IN ('in', 'open') AND date <= %(year0)s) AS engaged1,
               count(*) FILTER (WHERE kind = 'brought') AS brought,
               count(*) FILTER (
                   WHERE kind = 'brought' AND date <= %(year0)s) AS brought1
          FROM crm_track_event
         WHERE date > %(year1)s OR kind = 'brought' GROUP BY partner_id
    )
    SELECT habit.*, amount0, amount1, breadth0, breadth1, said0, said1, in0, out0,
           opens0, COALESCE(engaged1, 0) AS engaged1,
           COALESCE(in0, 0) + COALESCE(opens0, 0) AS engaged0,
           COALESCE(brought, 0) AS brought, COALESCE(brought1, 0) AS brought1,
           CASE WHEN known0 > 0 THEN
               LEAST(GREATEST(COALESCE(bargain0, 0) / known0, 0), 1) END AS price0,
           CASE WHEN known1 > 0 THEN
               LEAST(GREATEST(COALESCE(bargain1, 0) / known1, 0), 1) END AS price1
      FROM habit
 LEFT JOIN money USING (partner_id) LEFT JOIN breadth USING (partner_id)
 LEFT JOIN said USING (partner_id)
"""

# The rule of the interval: nothing is at risk until the usual interval has passed;
# when three have passed without a purchase the customer counts as lost; even between.
STORE = """
    WITH usual AS (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY mean_gap) AS gap
          FROM crm_track_customer WHERE mean_gap > 0
    ), alive AS (
        SELECT DISTINCT ON (v.partner_id) v.partner_id, v.value
          FROM crm_score_value v JOIN crm_score s ON s.id = v.score_id
         WHERE s.code = 'p_alive' AND s.active
           AND (v.company_id = %(company)s OR v.company_id IS NULL)
      ORDER BY v.partner_id, v.company_id NULLS LAST
    ), measured AS (
        SELECT c.*, COALESCE(bit_count(quarters0::bit(8)), 0) AS regular0,
               COALESCE(bit_count(quarters1::bit(8)), 0) AS regular1,
               %(day)s::date - c.last AS waiting,
               CASE WHEN c.habit > 0 THEN
                   GREATEST(c.last_gap, %(day)s::date - c.last) / c.habit
                   END AS lengthening,
               COALESCE(c.mean_gap, usual.gap) AS gap,
               CASE WHEN a.value IS NOT NULL THEN
                        LEAST(GREATEST(1 - a.value, 0), 1)
                    WHEN COALESCE(c.mean_gap, usual.gap) > 0 THEN
                        LEAST(GREATEST(((%(day)s::date - c.last)
                            / COALESCE(c.mean_gap, usual.gap) - 1) / 2, 0), 1)
                    END AS risk,
               a.value IS NOT NULL AS is_modelled
          FROM crm_track_customer c CROSS JOIN usual
     LEFT JOIN alive a ON a.partner_id = c.partner_id
    ), ranked AS (
        SELECT *,
               100 * percent_rank() OVER (ORDER BY days0) AS frequency,
               100 * percent_rank() OVER (ORDER BY days1) AS frequency_before,
               100 * percent_rank() OVER (ORDER BY COALESCE(breadth0, 0)) AS broad,
               100 * percent_rank() OVER (ORDER BY engaged0) AS engaged,
               CASE WHEN brought > 0 THEN LEAST(60 + 10 * brought, 100)
                    WHEN said0 IS NULL THEN NULL
                    WHEN said0 >= 90 THEN 60 ELSE 0 END AS advocacy,
               CASE WHEN brought1 > 0 THEN LEAST(60 + 10 * brought1, 100)
                    WHEN said1 IS NULL THEN NULL
                    WHEN said1 >= 90 THEN 60 ELSE 0 END AS advocacy_before
          FROM measured
    )
    INSERT INTO crm_loyalty_track (
           partner_id, company_id, date, first_date, last_date, tenure, purchase_days,
           purchase_days_before, amount, amount_before, regularity, regularity_before,
           usual_interval, waiting, lengthening, breadth, breadth_before, price_share,
           price_share_before, satisfaction, satisfaction_before, contacts_in,
           contacts_out, mail_opens, engagement, engagement_before, referrals, risk,
           risk_source, driver_frequency, driver_frequency_before, driver_service,
           driver_service_before, driver_price, driver_price_before, driver_advocacy,
           driver_advocacy_before, driver, loyalty)
    SELECT partner_id, %(company)s, %(day)s, first, last,
           (%(day)s::date - first) / 30.4375, days0, days1, amount0, amount1, regular0,
           regular1, gap, waiting, lengthening, COALESCE(breadth0, 0),
           COALESCE(breadth1, 0), 100 * price0, 100 * price1, said0, said1,
           COALESCE(in0, 0), COALESCE(out0, 0), COALESCE(opens0, 0), engaged0, engaged1,
           brought, 100 * risk, CASE WHEN is_modelled THEN 'model' ELSE 'interval' END,
           frequency, frequency_before, said0, said1, 100 * price0, 100 * price1,
           advocacy, advocacy_before,
           CASE WHEN days0 = 0 THEN NULL
                WHEN GREATEST(frequency, said0, 100 * price0, advocacy) < 50 THEN NULL
                WHEN advocacy >= GREATEST(frequency, said0, 100 * price0)
                    THEN 'advocacy'
                WHEN said0 >= GREATEST(frequency, 100 * price0) THEN 'service'
                WHEN 100 * price0 > frequency THEN 'price'
                ELSE 'frequency' END,
           (frequency + 25 * regular0 + broad + engaged + 100 * (1 - COALESCE(risk, 1))
               + COALESCE(said0, 0)) / CASE WHEN said0 IS NULL THEN 5 ELSE 6 END
      FROM ranked
"""
TABLES = (
    "line",
    "day",
    "event",
    "customer",
    "quarter",
    "member",
    "breadth",
    "talk",
)
