"""Statements about customers, journal entries, points and banks around a merge."""

SNAPSHOT = """
DROP TABLE IF EXISTS pg_temp.crm_merge_before;
CREATE TEMP TABLE crm_merge_before ON COMMIT DROP AS
WITH RECURSIVE below (id, merge_source_id, merge_id) AS (
    SELECT p.id, m.merge_source_id, m.merge_id
      FROM res_partner p JOIN crm_merge_map m ON p.parent_id = m.source_id
     UNION
    SELECT p.id, b.merge_source_id, b.merge_id
      FROM res_partner p JOIN below b ON p.parent_id = b.id
), beside (id, merge_id) AS (
    SELECT p.id, m.merge_id
      FROM res_partner p JOIN crm_merge_map m ON p.parent_id = m.target_id
     UNION
    SELECT p.id, b.merge_id FROM res_partner p JOIN beside b ON p.parent_id = b.id
), involved (id, merge_source_id, merge_id, place) AS (
    SELECT source_id, merge_source_id, merge_id, 1 FROM crm_merge_map
     UNION ALL SELECT DISTINCT target_id, NULL::integer, merge_id, 2 FROM crm_merge_map
     UNION ALL SELECT id, merge_source_id, merge_id, 3 FROM below
     UNION ALL SELECT id, NULL, merge_id, 4 FROM beside
)
SELECT DISTINCT ON (p.id) p.id, i.merge_source_id, i.merge_id, i.place,
       to_jsonb(p.*) AS data
  FROM involved i JOIN res_partner p ON p.id = i.id
 ORDER BY p.id, i.place, i.merge_id;
CREATE INDEX ON pg_temp.crm_merge_before (id);
ANALYZE crm_merge_before
"""

ARCHIVE = """
UPDATE res_partner p
   SET active = false, merged_into_id = m.target_id,
       write_date = (now() AT TIME ZONE 'UTC')
  FROM crm_merge_map m WHERE p.id = m.source_id
"""

DESCENDANTS = "SELECT id FROM crm_merge_before WHERE place IN (3, 4)"

# Whoever was invoiced in his own right: his entries go to the commercial entity of the
# survivor. A contact that merely stands on an entry is replaced by the survivor.
DEBTORS = """
UPDATE crm_merge_map m
   SET debtor_id = coalesce(t.commercial_partner_id, t.id)
  FROM res_partner t, crm_merge_before b
 WHERE t.id = m.target_id AND b.id = m.source_id
   AND (b.data ->> 'commercial_partner_id')::integer = m.source_id
"""

# An entry secured by a hash says the customer in the hash: it stays, and with it what
# it was settled with, so that a ledger never shows half a settlement. An invoice to a
# contact of another company is that company's debt: it stays too.
HELD = (
    """
    INSERT INTO crm_merge_held (entry_id, reason)
    WITH RECURSIVE secured (id) AS (
        SELECT a.id FROM account_move a JOIN crm_merge_map m
            ON a.partner_id = m.source_id OR a.commercial_partner_id = m.source_id
         WHERE a.inalterable_hash IS NOT NULL
         UNION
        SELECT a.id FROM account_move_line l JOIN crm_merge_map m
            ON l.partner_id = m.source_id
          JOIN account_move a ON a.id = l.move_id
         WHERE a.inalterable_hash IS NOT NULL
    ), settled (id) AS (
        SELECT id FROM secured
         UNION
        SELECT o.move_id FROM settled s
          JOIN account_move_line l ON l.move_id = s.id
          JOIN account_partial_reconcile r
            ON l.id IN (r.debit_move_id, r.credit_move_id)
          JOIN account_move_line o
            ON o.id IN (r.debit_move_id, r.credit_move_id) AND o.id != l.id
          JOIN crm_merge_map m ON m.source_id = o.partner_id
    )
    SELECT id, 'hashed' FROM settled
    """,
    """
    INSERT INTO crm_merge_held (entry_id, reason)
    SELECT DISTINCT a.id, 'debtor' FROM account_move a
      JOIN crm_merge_map m ON a.partner_id = m.source_id
      JOIN res_partner t ON t.id = m.target_id
     WHERE a.commercial_partner_id != m.source_id
       AND a.commercial_partner_id != t.commercial_partner_id
        ON CONFLICT DO NOTHING
    """,
    "ANALYZE crm_merge_held",
)

BANKS = """
DROP TABLE IF EXISTS pg_temp.crm_merge_bank;
CREATE TEMP TABLE crm_merge_bank ON COMMIT DROP AS
SELECT b.id AS source_id, t.id AS target_id, t.id AS debtor_id, m.merge_source_id,
       m.merge_id
  FROM res_partner_bank b
  JOIN crm_merge_map m ON b.partner_id = m.source_id
  JOIN res_partner_bank t
    ON t.partner_id = m.target_id AND t.sanitized_acc_number = b.sanitized_acc_number
"""

# Two cards of one loyalty programme: the points are carried over to the survivor's, by
# transfers of the points' own ledger after the first statement; the other card is
# closed. Going back takes the same number of points off again.
POINTS = (
    """
    DROP TABLE IF EXISTS pg_temp.crm_merge_points;
    CREATE TEMP TABLE crm_merge_points ON COMMIT DROP AS
    SELECT c.id, c.points, first_value(c.id) OVER same AS kept_id,
           m.merge_source_id, m.merge_id
      FROM loyalty_card c
      JOIN loyalty_program p ON p.id = c.program_id
       AND (p.applies_on = 'both'
            OR p.applies_on = 'future' AND p.program_type IN ('ewallet', 'loyalty'))
      JOIN (SELECT DISTINCT target_id FROM crm_merge_map) t
        ON t.target_id = c.partner_id
      LEFT JOIN crm_merge_move j
        ON j.kind = 'moved' AND j.table_name = 'loyalty_card'
       AND j.column_name = 'partner_id' AND j.row_id = c.id
       AND j.source_id IN (SELECT merge_source_id FROM crm_merge_map)
      LEFT JOIN crm_merge_map m ON m.merge_source_id = j.source_id
     WHERE c.active
    WINDOW same AS (PARTITION BY c.partner_id, c.program_id
                    ORDER BY m.merge_id NULLS FIRST, c.id);
    DELETE FROM crm_merge_points WHERE id = kept_id OR merge_source_id IS NULL
    """,
    """
    UPDATE loyalty_card c SET active = false
      FROM crm_merge_points p WHERE p.id = c.id
    """,
    """
    INSERT INTO crm_merge_move (merge_id, source_id, kind, table_name, column_name,
                                row_id, old_id, new_id, old_data, new_data)
    SELECT merge_id, merge_source_id, 'points', 'loyalty_card', 'points', id, id,
           kept_id, to_jsonb(points), to_jsonb(0)
      FROM crm_merge_points
    """,
)

# Whatever the merge changed on the customers themselves, column by column. A parent
# that moved is in the journal as a reference.
DIFFERENCE = """
INSERT INTO crm_merge_move (merge_id, source_id, kind, table_name, column_name, row_id,
                            old_data, new_data)
WITH now_is AS MATERIALIZED (
    SELECT b.id, b.merge_id, b.merge_source_id, b.place, b.data AS was,
           to_jsonb(p.*) AS becomes
      FROM crm_merge_before b JOIN res_partner p ON p.id = b.id
), moved AS MATERIALIZED (
    SELECT row_id FROM crm_merge_move
     WHERE kind = 'moved' AND table_name = 'res_partner' AND column_name = 'parent_id'
       AND merge_id IN (SELECT merge_id FROM crm_merge_map)
)
SELECT n.merge_id, n.merge_source_id, 'value', 'res_partner', o.key, n.id, o.value,
       n.becomes -> o.key
  FROM now_is n CROSS JOIN LATERAL jsonb_each(n.was) o
 WHERE n.becomes -> o.key IS DISTINCT FROM o.value
   AND o.key NOT IN ('write_date', 'write_uid')
   AND NOT (o.key IN ('parent_id', 'merged_into_id') AND n.place NOT IN (1, 2))
   AND NOT (o.key = 'parent_id' AND n.id IN (SELECT row_id FROM moved))
"""


def swap_map(statement: str, table: str) -> str:
    """The same statement over another table of pairs."""
    return statement.replace("crm_merge_map", table)


def commercial(table: str) -> str:
    """Statement for documents that keep the commercial entity beside the customer.

    Of those that moved, the entity is that of the survivor. Journal entries need none:
    what would change their debtor is held.
    """
    return f"""
        WITH moved AS (
            SELECT t.id, t.commercial_partner_id AS was,
                   p.commercial_partner_id AS becomes, j.merge_id, j.source_id
              FROM crm_merge_move j
              JOIN crm_merge_map m ON m.merge_source_id = j.source_id
              JOIN "{table}" t ON t.id = j.row_id
              JOIN res_partner p ON p.id = t.partner_id
             WHERE j.kind = 'moved' AND j.table_name = '{table}'
               AND j.column_name = 'partner_id' AND t.commercial_partner_id IS NOT NULL
               AND t.commercial_partner_id IS DISTINCT FROM p.commercial_partner_id
        ), changed AS (
            UPDATE "{table}" t SET commercial_partner_id = d.becomes
              FROM moved d WHERE d.id = t.id
        )
        INSERT INTO crm_merge_move (merge_id, source_id, kind, table_name, column_name,
                                    row_id, old_id, new_id)
        SELECT merge_id, source_id, 'moved', '{table}', 'commercial_partner_id', id,
               was, becomes
          FROM moved"""


def sync_commercial(columns) -> str:
    """Statement that gives contacts the values their commercial entity decides."""
    sets = ", ".join(f'"{c}" = coalesce(e."{c}", p."{c}")' for c in columns)
    differ = " OR ".join(
        f'e."{c}" IS NOT NULL AND p."{c}" IS DISTINCT FROM e."{c}"' for c in columns
    )
    return f"""
        UPDATE res_partner p SET {sets}
          FROM crm_merge_before b, res_partner e
         WHERE b.id = p.id AND b.place IN (2, 3, 4) AND e.id = p.commercial_partner_id
           AND e.id != p.id AND ({differ})"""
