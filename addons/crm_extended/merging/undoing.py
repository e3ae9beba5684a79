"""Statements that bring values and points back; references go by `statements`."""

# What a merge changed on customers. A later merge that began from this value begins
# from the one before instead: then nothing is lost when that one is undone too.
JUDGE_VALUES = """
    SELECT DISTINCT ON (j.id) j.id AS journal_id, j.row_id, j.column_name, j.old_data,
           j.new_data, (to_jsonb(p.*) -> j.column_name)::text AS current,
           l.id AS later_id,
           CASE WHEN p.id IS NULL THEN 'gone'
                WHEN l.id IS NOT NULL THEN NULL
                WHEN to_jsonb(p.*) -> j.column_name IS DISTINCT FROM j.new_data
                THEN 'edited' END::varchar AS reason
      FROM crm_merge_move j
      JOIN crm_merge_back b ON b.merge_id = j.merge_id
       AND (b.merge_source_id = j.source_id OR j.source_id IS NULL AND b.whole)
      LEFT JOIN res_partner p ON p.id = j.row_id
      LEFT JOIN LATERAL (
            SELECT n.id FROM crm_merge_move n
             WHERE n.kind = 'value' AND n.outcome IS NULL AND n.id > j.id
               AND n.merge_id != j.merge_id
               AND n.merge_id = ANY(ARRAY(
                   SELECT g.id FROM crm_merge g
                    WHERE g.partner_id = j.row_id AND g.state != 'undone'))
               AND n.row_id = j.row_id AND n.column_name = j.column_name
               AND n.old_data IS NOT DISTINCT FROM j.new_data
               AND NOT EXISTS (SELECT FROM crm_merge_back c
                                WHERE c.merge_id = n.merge_id AND c.whole)
             ORDER BY n.id LIMIT 1) l ON true
     WHERE j.kind = 'value' AND j.outcome IS NULL
"""
VALUES = f"""
DROP TABLE IF EXISTS pg_temp.crm_merge_worth;
CREATE TEMP TABLE crm_merge_worth ON COMMIT DROP AS {JUDGE_VALUES};
UPDATE crm_merge_move n SET old_data = w.old_data
  FROM crm_merge_worth w WHERE w.later_id = n.id;
UPDATE crm_merge_move j SET outcome = coalesce(w.reason, 'back')
  FROM crm_merge_worth w WHERE w.journal_id = j.id
"""
COLUMNS = """
SELECT DISTINCT column_name FROM crm_merge_worth
 WHERE reason IS NULL AND later_id IS NULL ORDER BY 1
"""


def restore(columns) -> str:
    """Statement that gives customers back the columns that changed."""
    assigned = ", ".join(
        f"\"{column}\" = CASE WHEN r.data ? '{column}' THEN "
        f'(jsonb_populate_record(NULL::res_partner, r.data))."{column}" '
        f'ELSE p."{column}" END'
        for column in columns
    )
    return f"""
        UPDATE res_partner p
           SET {assigned}, write_date = (now() AT TIME ZONE 'UTC')
          FROM (SELECT row_id, jsonb_object_agg(column_name, old_data) AS data
                  FROM crm_merge_worth WHERE reason IS NULL AND later_id IS NULL
                 GROUP BY row_id) r
         WHERE r.row_id = p.id"""


# The survivor's card gives back what was carried over, as far as it still has it.
JUDGE_POINTS = """
    SELECT j.id AS journal_id, j.old_id AS card_id, j.new_id AS kept_id,
           j.old_id AS row_id, k.points::text AS current,
           CASE WHEN c.id IS NULL OR k.id IS NULL THEN 0
                ELSE least((j.old_data #>> '{}')::numeric,
                           greatest(k.points::numeric - coalesce(sum(
                               (j.old_data #>> '{}')::numeric) OVER (
                               PARTITION BY j.new_id ORDER BY j.id
                               ROWS BETWEEN UNBOUNDED PRECEDING
                                        AND 1 PRECEDING), 0), 0))
           END AS points,
           CASE WHEN c.id IS NULL OR k.id IS NULL THEN 'gone'
                WHEN k.points::numeric < sum((j.old_data #>> '{}')::numeric) OVER (
                     PARTITION BY j.new_id ORDER BY j.id) THEN 'spent'
           END::varchar AS reason
      FROM crm_merge_move j
      JOIN crm_merge_back b ON b.merge_source_id = j.source_id
       AND b.merge_id = j.merge_id
      LEFT JOIN loyalty_card c ON c.id = j.old_id
      LEFT JOIN loyalty_card k ON k.id = j.new_id
     WHERE j.kind = 'points' AND j.outcome IS NULL
"""
POINTS = (
    f"""
    DROP TABLE IF EXISTS pg_temp.crm_merge_given;
    CREATE TEMP TABLE crm_merge_given ON COMMIT DROP AS {JUDGE_POINTS}
    """,
    """
    UPDATE loyalty_card c SET active = true
      FROM crm_merge_given g
     WHERE g.card_id = c.id AND g.reason IS DISTINCT FROM 'gone'
    """,
    """
    UPDATE crm_merge_move j SET outcome = coalesce(g.reason, 'back')
      FROM crm_merge_given g WHERE g.journal_id = j.id
    """,
)
PLACES = """
SELECT DISTINCT j.kind, j.table_name, j.column_name
  FROM crm_merge_move j
  JOIN crm_merge_back b ON b.merge_id = j.merge_id AND b.merge_source_id = j.source_id
 WHERE j.kind IN ('moved', 'json') AND j.outcome IS NULL
 ORDER BY 1, 2, 3
"""
LOST_PLACE = """
UPDATE crm_merge_move j SET outcome = 'gone'
  FROM crm_merge_back b
 WHERE b.merge_id = j.merge_id AND b.merge_source_id = j.source_id
   AND j.kind IN ('moved', 'json') AND j.outcome IS NULL
"""
