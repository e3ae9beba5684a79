"""Numbers that badges look at besides those of `measures`; the same shape."""

from odoo.tools import SQL

from . import measures


def categories(scope, _rule):
    """Different product categories bought from."""
    sold = SQL(
        """SELECT p.commercial_partner_id, t.categ_id
             FROM sale_order x JOIN sale_order_line l ON l.order_id = x.id
             JOIN product_product v ON v.id = l.product_id
             JOIN product_template t ON t.id = v.product_tmpl_id
             JOIN res_partner p ON p.id = x.partner_id
            WHERE x.state = 'sale' AND x.company_id = %s AND %s
              AND x.date_order >= %s AND x.date_order < %s
              AND l.price_subtotal > 0""",
        scope.company,
        scope.chosen(),
        scope.since,
        scope.after,
    )
    past = SQL(
        """SELECT p.commercial_partner_id AS partner_id,
                  COALESCE(x.categ_id, t.categ_id) AS categ_id
             FROM crm_purchase x JOIN res_partner p ON p.id = x.partner_id
        LEFT JOIN product_product v ON v.id = x.product_id
        LEFT JOIN product_template t ON t.id = v.product_tmpl_id
            WHERE x.company_id = %s AND %s AND x.date >= %s AND x.date < %s
              AND x.amount > 0""",
        scope.company,
        scope.chosen(),
        scope.since,
        scope.after,
    )
    return SQL(
        """SELECT b.partner_id, count(DISTINCT b.categ_id)::numeric AS value
             FROM (%s UNION ALL %s) b GROUP BY b.partner_id""",
        past,
        sold,
    )


def streak(scope, _rule):
    """Longest run of months in a row with a purchase in each."""
    return SQL(
        """SELECT r.partner_id, max(r.length)::numeric AS value
             FROM (SELECT i.partner_id, count(*) AS length
                     FROM (SELECT m.partner_id, m.month - row_number() OVER (
                                      PARTITION BY m.partner_id ORDER BY m.month)
                                      AS island
                             FROM (SELECT DISTINCT d.partner_id,
                                          extract(year FROM d.day)::int * 12
                                              + extract(month FROM d.day)::int AS month
                                     FROM (%s) d) m) i
                    GROUP BY i.partner_id, i.island) r
            GROUP BY r.partner_id""",
        measures.days(scope),
    )


def events(scope, rule):
    """Events of one kind, such as visits or answered surveys."""
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id, count(*)::numeric AS value
             FROM crm_loyalty_event x JOIN res_partner p ON p.id = x.partner_id
            WHERE x.kind_id = %s AND COALESCE(x.company_id, %s) = %s AND %s
              AND x.happened_at >= %s AND x.happened_at < %s
            GROUP BY p.commercial_partner_id""",
        rule.event_kind_id.id,
        scope.company,
        scope.company,
        scope.chosen(),
        scope.since,
        scope.after,
    )


def referrals(scope, _rule):
    """Customers brought, as far as they bought and the referral was rewarded."""
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id, count(*)::numeric AS value
             FROM crm_referral x JOIN res_partner p ON p.id = x.referrer_id
            WHERE x.state = 'rewarded' AND x.company_id = %s AND %s
              AND x.rewarded_on >= %s AND x.rewarded_on < %s
            GROUP BY p.commercial_partner_id""",
        scope.company,
        scope.chosen(),
        scope.since,
        scope.after,
    )


def level(scope, rule):
    """1 for who is on the level, or on a higher one of its ladder."""
    return SQL(
        """SELECT p.id AS partner_id, 1::numeric AS value
             FROM crm_loyalty_tier_member m
             JOIN crm_loyalty_tier_level l ON l.id = m.level_id
             JOIN crm_loyalty_tier_level w ON w.id = %s AND w.tier_id = l.tier_id
              AND (l.sequence, l.id) >= (w.sequence, w.id)
             JOIN res_partner p ON p.id = m.partner_id
            WHERE m.valid_from <= %s AND (m.valid_to IS NULL OR m.valid_to > %s)
              AND %s""",
        rule.level_id.id,
        scope.until,
        scope.until,
        scope.chosen(),
    )
