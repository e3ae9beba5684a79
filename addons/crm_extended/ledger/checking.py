"""Do cards, accounts, entries, lots and reservations say the same? And made so again.

`FINDINGS` name what differs, with what the entries say and what was found; `REBUILD`
makes accounts, lots and cards from the entries, which are never changed themselves.
"""

# Each: kind, and a query of (card_id, expected, found), in smallest units.
FINDINGS = {
    "card": """
        SELECT c.id, a.balance, round(c.points::numeric * 10 ^ a.digits::numeric)
          FROM loyalty_card c JOIN crm_loyalty_account a ON a.card_id = c.id
         WHERE c.points IS DISTINCT FROM a.balance / 10 ^ a.digits::float8""",
    "unknown": """
        SELECT c.id, 0, round(c.points::numeric * 100)
          FROM loyalty_card c LEFT JOIN crm_loyalty_account a ON a.card_id = c.id
         WHERE a.card_id IS NULL AND c.points <> 0""",
    "balance": """
        SELECT a.card_id, coalesce(e.total, 0), a.balance
          FROM crm_loyalty_account a
          LEFT JOIN (SELECT card_id, sum(amount) AS total FROM crm_loyalty_entry
                      GROUP BY card_id) e ON e.card_id = a.card_id
         WHERE coalesce(e.total, 0) <> a.balance""",
    "number": """
        SELECT a.card_id, coalesce(e.many, 0), a.seq
          FROM crm_loyalty_account a
          LEFT JOIN (SELECT card_id, count(*) AS many FROM crm_loyalty_entry
                      GROUP BY card_id) e ON e.card_id = a.card_id
         WHERE coalesce(e.many, 0) <> a.seq""",
    "chain": """
        SELECT card_id, expected, balance_after
          FROM (SELECT card_id, balance_after, sum(amount) OVER (
                           PARTITION BY card_id ORDER BY seq) AS expected
                  FROM crm_loyalty_entry) e
         WHERE expected <> balance_after""",
    "owed": """
        SELECT a.card_id, greatest(coalesce(e.short, 0), 0), a.owed
          FROM crm_loyalty_account a
          LEFT JOIN (SELECT card_id, sum(short) AS short FROM crm_loyalty_entry
                      GROUP BY card_id) e ON e.card_id = a.card_id
         WHERE greatest(coalesce(e.short, 0), 0) <> a.owed""",
    "lot": """
        SELECT l.card_id, l.amount - coalesce(u.used, 0), l.remaining
          FROM crm_loyalty_lot l
          LEFT JOIN (SELECT lot_id, sum(amount) AS used FROM crm_loyalty_use
                      GROUP BY lot_id) u ON u.lot_id = l.id
         WHERE l.amount - coalesce(u.used, 0) <> l.remaining""",
    "lots": """
        SELECT a.card_id, a.balance, coalesce(l.total, 0)
          FROM crm_loyalty_account a
          LEFT JOIN (SELECT card_id, sum(remaining) AS total FROM crm_loyalty_lot
                      GROUP BY card_id) l ON l.card_id = a.card_id
         WHERE coalesce(l.total, 0) <> a.balance""",
    "held": """
        SELECT a.card_id, coalesce(r.total, 0), a.held
          FROM crm_loyalty_account a
          LEFT JOIN (SELECT card_id, sum(amount) AS total FROM crm_loyalty_reservation
                      WHERE state = 'held' GROUP BY card_id) r ON r.card_id = a.card_id
         WHERE coalesce(r.total, 0) <> a.held""",
}

# In this order, for `cards`; what differs only, so that nothing else is touched.
REBUILD = (
    """UPDATE crm_loyalty_lot l SET remaining = m.remaining, held = m.held
         FROM (SELECT l.id, l.amount - coalesce((
                          SELECT sum(amount) FROM crm_loyalty_use u
                           WHERE u.lot_id = l.id), 0) AS remaining,
                      coalesce((SELECT sum(h.amount) FROM crm_loyalty_hold h
                          JOIN crm_loyalty_reservation r ON r.id = h.reservation_id
                           WHERE h.lot_id = l.id AND r.state = 'held'), 0) AS held
                 FROM crm_loyalty_lot l WHERE l.card_id = ANY(%(cards)s)) m
        WHERE m.id = l.id AND (l.remaining, l.held) <> (m.remaining, m.held)""",
    """UPDATE crm_loyalty_account a
          SET balance = m.balance, seq = m.seq, owed = m.owed, held = m.held
         FROM (SELECT a.card_id, coalesce(sum(e.amount), 0) AS balance,
                      count(e.id) AS seq,
                      greatest(coalesce(sum(e.short), 0), 0) AS owed,
                      coalesce((SELECT sum(r.amount) FROM crm_loyalty_reservation r
                                 WHERE r.card_id = a.card_id AND r.state = 'held'), 0)
                          AS held
                 FROM crm_loyalty_account a
                 LEFT JOIN crm_loyalty_entry e ON e.card_id = a.card_id
                WHERE a.card_id = ANY(%(cards)s) GROUP BY a.card_id) m
        WHERE m.card_id = a.card_id
          AND (a.balance, a.seq, a.owed, a.held)
              <> (m.balance, m.seq, m.owed, m.held)""",
    """UPDATE loyalty_card c SET points = a.balance / 10 ^ a.digits::float8
         FROM crm_loyalty_account a
        WHERE a.card_id = c.id AND c.id = ANY(%(cards)s)
          AND c.points IS DISTINCT FROM a.balance / 10 ^ a.digits::float8""",
)
