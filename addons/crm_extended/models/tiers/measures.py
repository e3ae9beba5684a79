"""Numbers of customers' loyalty in one period, each one SELECT for any number of them.

A measure has the columns `partner_id` (the commercial entity) and `value`; whoever has
nothing has no row. Tiers, badges and progress read the same definitions, so that what a
member is told and what decides are one.

What was bought is: confirmed orders, whole and at once; posted invoices that come from
no order; past purchases of other systems. Refunds and returns are taken off on their
own day. Amounts are without tax in the company's currency; a down payment is part of
its order and counts with it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from odoo.tools import SQL

BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose numbers, and of which days.

    :param partners: ids of commercial entities, None for everybody
    :param program: id of the loyalty programme whose points count, None for all
    """

    company: int
    since: date
    until: date
    partners: tuple[int, ...] | None = None
    program: int | None = None

    @property
    def after(self):
        return self.until + timedelta(days=1)

    def ever(self):
        """The same without a beginning."""
        return Scope(self.company, BEGINNING, self.until, self.partners, self.program)

    def chosen(self):
        if self.partners is None:
            return SQL("TRUE")
        return SQL("p.commercial_partner_id = ANY(%s)", list(self.partners))


def imported(scope, columns):
    """Past purchases `x`, as rows of these columns."""
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id, %(columns)s
             FROM crm_purchase x JOIN res_partner p ON p.id = x.partner_id
            WHERE x.company_id = %(company)s AND %(chosen)s
              AND x.date >= %(since)s AND x.date < %(after)s""",
        columns=columns,
        **_parts(scope),
    )


def ordered(scope, columns, more=None):
    """Confirmed orders `x`."""
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id, %(columns)s
             FROM sale_order x %(more)s JOIN res_partner p ON p.id = x.partner_id
            WHERE x.state = 'sale' AND x.company_id = %(company)s AND %(chosen)s
              AND x.date_order >= %(since)s AND x.date_order < %(after)s""",
        columns=columns,
        more=more or SQL(""),
        **_parts(scope),
    )


def invoiced(scope, columns):
    """Lines `x` of posted invoices from no order, and of refunds, of moves `m`."""
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id, %(columns)s
             FROM account_move m JOIN account_move_line x ON x.move_id = m.id
             JOIN res_partner p ON p.id = m.partner_id
            WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund')
              AND m.company_id = %(company)s AND %(chosen)s
              AND m.invoice_date >= %(since)s AND m.invoice_date < %(after)s
              AND x.display_type = 'product'
              AND NOT EXISTS (
                  SELECT FROM sale_order_line_invoice_rel r
                    JOIN sale_order_line l ON l.id = r.order_line_id
                   WHERE r.invoice_line_id = x.id
                     AND (m.move_type = 'out_invoice' OR l.is_downpayment))""",
        columns=columns,
        **_parts(scope),
    )


def spend(scope):
    """Bought less returned and refunded."""
    amount = SQL("x.amount_untaxed / COALESCE(NULLIF(x.currency_rate, 0), 1)::numeric")
    return _sum(
        imported(scope, SQL("x.amount_company::numeric AS value")),
        ordered(scope, amount),
        invoiced(scope, SQL("-x.balance")),
    )


def orders(scope):
    """Purchases: orders, invoices without one, days at a shop of another system."""
    place = SQL("count(DISTINCT (x.date, x.branch_id, x.source_id))::numeric AS value")
    return _sum(
        _grouped(imported(scope, place), SQL("AND x.amount > 0")),
        _grouped(ordered(scope, SQL("count(*)")), SQL("AND x.amount_total > 0")),
        _grouped(
            invoiced(scope, SQL("count(DISTINCT m.id)")),
            SQL("AND m.move_type = 'out_invoice' AND m.amount_total > 0"),
        ),
    )


def tenure(scope):
    """Whole months since the first purchase, or the first card where that is older."""
    ever = scope.ever()
    cards = SQL(
        """SELECT p.commercial_partner_id, c.create_date::date
             FROM loyalty_card c JOIN res_partner p ON p.id = c.partner_id
            WHERE %s AND COALESCE(c.company_id, %s) = %s AND c.create_date < %s""",
        scope.chosen(),
        scope.company,
        scope.company,
        scope.after,
    )
    return SQL(
        """SELECT f.partner_id, (extract(year FROM f.age) * 12
                  + extract(month FROM f.age))::numeric AS value
             FROM (SELECT d.partner_id, age(%(after)s::date, min(d.day)) AS age
                     FROM (%(days)s) d GROUP BY d.partner_id) f""",
        after=scope.after,
        days=SQL(" UNION ALL ").join((days(ever), cards)),
    )


def points(scope):
    """Points earned, less what of them was taken back; spending them costs no level."""
    program = SQL("TRUE")
    if scope.program:
        program = SQL("c.program_id = %s", scope.program)
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id,
                  sum(e.amount / 10::numeric ^ a.digits) AS value
             FROM crm_loyalty_entry e
             JOIN crm_loyalty_account a ON a.card_id = e.card_id
             JOIN loyalty_card c ON c.id = e.card_id
             JOIN loyalty_program g ON g.id = c.program_id
             JOIN res_partner p ON p.id = c.partner_id
        LEFT JOIN crm_loyalty_entry o ON o.id = e.reverses_id
            WHERE (e.kind = 'earn' OR o.kind = 'earn') AND g.program_type = 'loyalty'
              AND COALESCE(g.company_id, %(company)s) = %(company)s
              AND %(program)s AND %(chosen)s
              AND e.at >= %(since)s AND e.at < %(after)s
            GROUP BY p.commercial_partner_id""",
        program=program,
        **_parts(scope),
    )


def segment(scope, segment_id):
    """1 for who was in the segment on the last day."""
    return SQL(
        """SELECT p.commercial_partner_id AS partner_id, 1::numeric AS value
             FROM crm_segment_member m JOIN res_partner p ON p.id = m.partner_id
            WHERE m.segment_id = %s AND m.valid_from <= %s
              AND (m.valid_to IS NULL OR m.valid_to > %s) AND %s
            GROUP BY p.commercial_partner_id""",
        segment_id,
        scope.until,
        scope.until,
        scope.chosen(),
    )


# ---------------------------------------------------------------------- private


def _parts(scope):
    return {
        "company": scope.company,
        "chosen": scope.chosen(),
        "since": scope.since,
        "after": scope.after,
    }


def days(scope):
    """Days with a purchase."""
    return SQL(" UNION ALL ").join(
        (
            SQL("%s AND x.amount > 0", imported(scope, SQL("x.date AS day"))),
            SQL(
                "%s AND x.amount_total > 0",
                ordered(scope, SQL("x.date_order::date")),
            ),
            SQL(
                "%s AND m.move_type = 'out_invoice' AND m.amount_total > 0",
                invoiced(scope, SQL("m.invoice_date")),
            ),
        )
    )


def _grouped(rows, more):
    return SQL("%s %s GROUP BY p.commercial_partner_id", rows, more)


def _sum(*parts):
    return SQL(
        "SELECT s.partner_id, sum(s.value) AS value FROM (%s) s GROUP BY s.partner_id",
        SQL(" UNION ALL ").join(parts),
    )
