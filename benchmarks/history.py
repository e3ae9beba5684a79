"""What only the suite keeps: imported purchases and interactions."""

from .bulk import pick
from .documents import LINES
from .population import BRANCHES

CHANNELS = ["mail", "mail", "call", "chat", "visit", "web", "order", "sms"]


def purchases(cursor, env, ids: dict) -> None:
    """The oldest lines as imported from the system before this one."""
    branches = env["crm.branch"].create(
        [{"name": f"Shop {n}", "code": f"BENCH{n}"} for n in range(BRANCHES)]
    )
    source = env["crm.source"].create({"name": "Legacy", "code": "BENCH"})
    env.flush_all()
    branch = pick([str(id_) for id_ in branches.ids], "mod(b.n, 11)")
    cursor.execute(
        f"""
        INSERT INTO crm_purchase (
            partner_id, date, product_id, product_name, categ_id, quantity,
            amount, cost, amount_company, cost_company, currency_id, company_id,
            branch_id, channel, payment_method, source_id, key,
            create_uid, write_uid, create_date, write_date)
        SELECT t.partner_id, b.day, p.id, p.name, p.categ_id, l.quantity,
               l.amount, round(l.amount * 0.6, 2), l.amount, round(l.amount * 0.6, 2),
               %(currency)s, %(company)s, {branch}::int,
               {pick(["shop", "shop", "web", "phone"], "mod(b.n, 13)")},
               {pick(["card", "cash", "online"], "mod(b.n, 5)")},
               %(source)s, l.n::text, 1, 1, now(), now()
          FROM {LINES}
         WHERE b.kind = 0
      ORDER BY b.day
        """,
        {**ids, "source": source.id},
    )


def contacts(cursor, ids: dict, count: int) -> None:
    """Interactions, as uneven as purchases: who buys more is in touch more.

    The multiplier walks over all purchases in an order that looks like chance.
    """
    cursor.execute("SELECT COUNT(*) FROM bench_purchase")
    [(size,)] = cursor.fetchall()
    cursor.execute(
        f"""
        INSERT INTO crm_interaction (partner_id, date, direction, channel, user_id,
                                     subject, company_id)
        SELECT t.partner_id, b.day + mod(s.n, 40) * interval '11 hours',
               {pick(["in", "out"], "s.n")}, {pick(CHANNELS, "b.n + s.n")}, 2,
               'Contact ' || s.n, %(company)s
          FROM generate_series(0::bigint, %(last)s) s(n)
          JOIN bench_purchase b ON b.n = mod(s.n * 2654435761, %(size)s)
          JOIN bench_truth t ON t.n = b.customer
        """,
        {**ids, "last": count - 1, "size": size},
    )
