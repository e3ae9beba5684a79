"""Cards that had points before the ledger: their first entry says so.

Statements over sets, in this order, after the accounts were made; each takes `cards`
(ids) and `now`. What Odoo let a card overspend is owed.
"""

_UNITS = """
    SELECT c.id AS card, a.digits, c.expiration_date AS last,
           round(c.points::numeric * 10 ^ a.digits::numeric)::bigint AS units,
           coalesce(t.tz, 'UTC') AS zone
      FROM loyalty_card c
      JOIN crm_loyalty_account a ON a.card_id = c.id
      LEFT JOIN loyalty_program p ON p.id = c.program_id
      LEFT JOIN res_company o ON o.id = p.company_id
      LEFT JOIN res_partner t ON t.id = o.partner_id
     WHERE c.id = ANY(%(cards)s) AND a.seq <= 1
"""

STATEMENTS = (
    f"""UPDATE crm_loyalty_account a
           SET seq = 1, balance = greatest(u.units, 0), owed = greatest(-u.units, 0)
          FROM ({_UNITS}) u WHERE a.card_id = u.card AND u.units <> 0 AND a.seq = 0""",
    f"""INSERT INTO crm_loyalty_entry (card_id, seq, kind, amount, points, short,
                                       balance_after, client, key, flow, at)
        SELECT u.card, 1, CASE WHEN u.units > 0 THEN 'earn' ELSE 'spend' END,
               greatest(u.units, 0), greatest(u.units, 0) / 10 ^ u.digits::float8,
               greatest(-u.units, 0), greatest(u.units, 0), 'opening', u.card::varchar,
               'opening', %(now)s
          FROM ({_UNITS}) u WHERE u.units <> 0
         ORDER BY u.card""",
    f"""INSERT INTO crm_loyalty_lot (card_id, entry_id, amount, remaining, expires_at)
        SELECT u.card, e.id, u.units, u.units,
               (u.last + 1)::timestamp AT TIME ZONE u.zone AT TIME ZONE 'UTC'
          FROM ({_UNITS}) u
          JOIN crm_loyalty_entry e ON e.card_id = u.card AND e.seq = 1
         WHERE u.units > 0
         ORDER BY u.card""",
    f"""UPDATE loyalty_card c SET points = greatest(u.units, 0) / 10 ^ u.digits::float8
          FROM ({_UNITS}) u
         WHERE c.id = u.card
           AND c.points IS DISTINCT FROM
               greatest(u.units, 0) / 10 ^ u.digits::float8""",
)
