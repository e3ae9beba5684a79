"""Stays in segments of merged customers: the union of both histories, losing no day."""

# 1: the rows as they are. 2: islands of stays that touch; the earliest row of each is
# stretched and kept. 3: ends that leave the survivor in two segments of an exclusive
# family are closed today, in the order of the family. 4: the journal.
UNITE = (
    """
    DROP TABLE IF EXISTS pg_temp.crm_merge_stay;
    CREATE TEMP TABLE crm_merge_stay ON COMMIT DROP AS
    WITH member (partner_id, target_id, merge_id, merge_source_id) AS (
        SELECT source_id, target_id, merge_id, merge_source_id FROM crm_merge_map
         UNION ALL
        SELECT DISTINCT target_id, target_id, merge_id, NULL::integer FROM crm_merge_map
    )
    SELECT s.id, s.segment_id, s.valid_from, s.valid_to, m.target_id, m.merge_id,
           m.merge_source_id, to_jsonb(s.*) AS data
      FROM crm_segment_member s JOIN member m ON m.partner_id = s.partner_id;
    DROP TABLE IF EXISTS pg_temp.crm_merge_island;
    CREATE TEMP TABLE crm_merge_island ON COMMIT DROP AS
    WITH stays AS (
        SELECT *, max(coalesce(valid_to, 'infinity')) OVER (
                   PARTITION BY target_id, segment_id ORDER BY valid_from, id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
          FROM crm_merge_stay
         WHERE target_id IN (SELECT target_id FROM crm_merge_stay
                              WHERE merge_source_id IS NOT NULL)
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE until IS NULL OR valid_from > until) OVER (
                   PARTITION BY target_id, segment_id ORDER BY valid_from, id) AS stay
          FROM stays
    )
    SELECT (array_agg(id ORDER BY valid_from, id))[1] AS id, array_agg(id) AS ids,
           target_id,
           NULLIF(max(coalesce(valid_to, 'infinity')), 'infinity') AS valid_to
      FROM numbered GROUP BY target_id, segment_id, stay
    """,
    """
    DELETE FROM crm_segment_member m USING crm_merge_island i
     WHERE m.id = ANY(i.ids) AND m.id != i.id
    """,
    """
    UPDATE crm_segment_member m SET partner_id = i.target_id, valid_to = i.valid_to
      FROM crm_merge_island i WHERE i.id = m.id
    """,
    """
    DROP TABLE IF EXISTS pg_temp.crm_merge_rival;
    CREATE TEMP TABLE crm_merge_rival ON COMMIT DROP AS
    WITH ranked AS (
        SELECT m.id, m.partner_id, m.valid_from, g.family_id, g.company_id,
               row_number() OVER (PARTITION BY m.partner_id, g.family_id
                                  ORDER BY g.sequence, g.id) AS place
          FROM crm_segment_member m
          JOIN crm_segment g ON g.id = m.segment_id
          JOIN crm_segment_family f ON f.id = g.family_id AND f.exclusive
         WHERE m.valid_to IS NULL
           AND m.partner_id IN (SELECT target_id FROM crm_merge_island)
    )
    SELECT r.id, r.valid_from < current_date AS began FROM ranked r
     WHERE EXISTS (SELECT FROM ranked b
                    WHERE b.partner_id = r.partner_id AND b.family_id = r.family_id
                      AND b.place < r.place
                      AND (b.company_id IS NULL OR r.company_id IS NULL
                           OR b.company_id = r.company_id));
    UPDATE crm_segment_member m SET valid_to = current_date
      FROM crm_merge_rival r WHERE r.id = m.id AND r.began;
    DELETE FROM crm_segment_member m USING crm_merge_rival r
     WHERE r.id = m.id AND NOT r.began
    """,
    """
    INSERT INTO crm_merge_move (merge_id, source_id, kind, table_name, row_id, old_data,
                                new_data)
    SELECT b.merge_id, b.merge_source_id, 'row', 'crm_segment_member', b.id, b.data,
           to_jsonb(m.*)
      FROM crm_merge_stay b LEFT JOIN crm_segment_member m ON m.id = b.id
     WHERE to_jsonb(m.*) IS DISTINCT FROM b.data
    """,
)

# What the refresh of segments changed since stays as it is; the rest goes back row by
# row. Rows are taken out first, so that none meets another on its way.
JUDGE = """
    SELECT j.id AS journal_id, j.row_id, j.old_data, j.new_data,
           CASE WHEN to_jsonb(m.*) IS DISTINCT FROM nullif(j.new_data, 'null')
                THEN 'edited' END::varchar AS reason
      FROM crm_merge_move j
      JOIN crm_merge_back b ON b.merge_id = j.merge_id
       AND (b.merge_source_id = j.source_id OR j.source_id IS NULL AND b.whole)
      LEFT JOIN crm_segment_member m ON m.id = j.row_id
     WHERE j.kind = 'row' AND j.table_name = 'crm_segment_member'
       AND j.outcome IS NULL
"""
RETURN = (
    f"""
    DROP TABLE IF EXISTS pg_temp.crm_merge_row;
    CREATE TEMP TABLE crm_merge_row ON COMMIT DROP AS
    SELECT DISTINCT ON (journal_id) * FROM ({JUDGE}) j
    """,
    """
    DELETE FROM crm_segment_member m USING crm_merge_row r
     WHERE r.row_id = m.id AND r.reason IS NULL
    """,
    """
    WITH back AS (
        INSERT INTO crm_segment_member
        SELECT (jsonb_populate_record(NULL::crm_segment_member, r.old_data)).*
          FROM crm_merge_row r WHERE r.reason IS NULL
            ON CONFLICT DO NOTHING
        RETURNING id
    )
    UPDATE crm_merge_move j
       SET outcome = CASE WHEN r.reason IS NOT NULL THEN r.reason
                          WHEN b.id IS NULL THEN 'clash' ELSE 'back' END
      FROM crm_merge_row r LEFT JOIN back b ON b.id = r.row_id
     WHERE j.id = r.journal_id
    """,
)
