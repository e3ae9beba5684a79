"""The budget of a programme in the database: who earns at once cannot pass its limit.

Earning updates the budget's row in the same transaction. Of two that meet there, the
later one fails with 40001 under REPEATABLE READ, is done again by Odoo, and then sees
what is left. Evaluation cuts points to what is left before; the trigger is for whoever
does not ask it.
"""

COUNTED = ("sale", "pos", "event", "manual", "exchange")  # other flows only move points

TABLE = """
CREATE TABLE IF NOT EXISTS crm_loyalty_budget (
    program_id integer PRIMARY KEY REFERENCES loyalty_program ON DELETE CASCADE,
    limit_points numeric,
    limit_money numeric,
    member_points numeric,
    point_value numeric NOT NULL DEFAULT 0,
    used_points numeric NOT NULL DEFAULT 0,
    used_money numeric NOT NULL DEFAULT 0
)
"""

FUNCTION = f"""
CREATE OR REPLACE FUNCTION crm_loyalty_budget_use() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    over record;
    counted varchar[] := ARRAY{list(COUNTED)!r}::varchar[];
BEGIN
    IF NOT EXISTS (SELECT FROM crm_loyalty_budget) THEN
        RETURN NULL;
    END IF;
    FOR over IN
        WITH moved AS (
            SELECT c.program_id, n.kind,
                   n.amount / power(10::numeric, a.digits) AS points,
                   n.balance_after / power(10::numeric, a.digits) AS balance
              FROM added n
              JOIN loyalty_card c ON c.id = n.card_id
              JOIN crm_loyalty_account a ON a.card_id = n.card_id
              LEFT JOIN crm_loyalty_entry o
                     ON o.id = coalesce(n.reverses_id, n.returns_id)
             WHERE (n.kind = 'earn' AND n.flow = ANY(counted))
                OR (n.kind IN ('reverse', 'return')
                    AND o.kind = 'earn' AND o.flow = ANY(counted))
        ), sums AS (
            SELECT program_id, sum(points) AS points,
                   max(balance) FILTER (WHERE kind = 'earn') AS balance
              FROM moved GROUP BY program_id
        )
        UPDATE crm_loyalty_budget b
           SET used_points = b.used_points + s.points,
               used_money = b.used_money + s.points * b.point_value
          FROM sums s WHERE s.program_id = b.program_id
        RETURNING b.program_id, s.points,
                  b.used_points > b.limit_points OR b.used_money > b.limit_money + 0.005
                      AS is_spent,
                  s.balance > b.member_points AS is_full
    LOOP
        IF over.points > 0 AND over.is_spent THEN
            RAISE EXCEPTION 'the budget of loyalty programme % is given out',
                over.program_id USING ERRCODE = 'check_violation',
                CONSTRAINT = 'crm_loyalty_budget_kept', TABLE = 'crm_loyalty_budget';
        ELSIF over.points > 0 AND over.is_full THEN
            RAISE EXCEPTION 'a member of loyalty programme % holds as much as allowed',
                over.program_id USING ERRCODE = 'check_violation',
                CONSTRAINT = 'crm_loyalty_budget_member', TABLE = 'crm_loyalty_budget';
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

TRIGGER = """
CREATE OR REPLACE TRIGGER crm_loyalty_entry_budget AFTER INSERT ON crm_loyalty_entry
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION crm_loyalty_budget_use()
"""


def statements() -> list[str]:
    """What makes the table and its trigger; doing it again changes nothing."""
    return [TABLE, FUNCTION, TRIGGER]


def removal() -> list[str]:
    """What takes them away again."""
    return [
        "DROP FUNCTION IF EXISTS crm_loyalty_budget_use() CASCADE",
        "DROP TABLE IF EXISTS crm_loyalty_budget",
    ]
