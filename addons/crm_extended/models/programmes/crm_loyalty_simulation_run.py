from datetime import datetime, time, timedelta

from pytz import UTC, timezone

from odoo import models
from odoo.tools import SQL, groupby

from ...earning import histogram
from .simulation_counter import Counter

BATCH = 5000  # orders
LINES = """
    SELECT o.id, o.partner, o.date_order, o.currency_id, o.rate, o.amount_untaxed,
           l.product_id, l.product_uom_qty,
           CASE WHEN t.type = 'combo' THEN COALESCE(k.untaxed, 0)
                ELSE l.price_subtotal END,
           CASE WHEN t.type = 'combo' THEN COALESCE(k.total, 0) ELSE l.price_total END,
           w.reward_type, p.trigger, p.id, p.program_type
      FROM (SELECT o.id, o.date_order, o.currency_id, o.amount_untaxed,
                   COALESCE(NULLIF(o.currency_rate, 0), 1) AS rate,
                   COALESCE(c.commercial_partner_id, c.id) AS partner
              FROM sale_order o JOIN res_partner c ON c.id = o.partner_id
             WHERE %(orders)s AND (o.date_order, o.id) > (%(after)s, %(last)s)
          ORDER BY o.date_order, o.id LIMIT %(limit)s) o
      LEFT JOIN sale_order_line l
             ON l.order_id = o.id AND l.product_id IS NOT NULL
            AND l.combo_item_id IS NULL AND %(effective)s
      LEFT JOIN product_product x ON x.id = l.product_id
      LEFT JOIN product_template t ON t.id = x.product_tmpl_id
      LEFT JOIN LATERAL (
           SELECT SUM(i.price_subtotal) AS untaxed, SUM(i.price_total) AS total
             FROM sale_order_line i
            WHERE i.linked_line_id = l.id AND i.combo_item_id IS NOT NULL
              AND t.type = 'combo') k ON TRUE
      LEFT JOIN loyalty_reward w ON w.id = l.reward_id
      LEFT JOIN loyalty_program p ON p.id = w.program_id
  ORDER BY o.date_order, o.id, l.sequence, l.id
"""
BY_SEGMENT = """
    SELECT m.segment_id, count(*), SUM(t.orders), SUM(t.points)
      FROM unnest(%(partners)s::int[], %(orders)s::int[], %(points)s::float8[])
        AS t(partner, orders, points)
      LEFT JOIN (SELECT s.partner_id, s.segment_id FROM crm_segment_current s
                   JOIN crm_segment g ON g.id = s.segment_id AND g.active
                    AND (g.company_id IS NULL OR g.company_id = %(company)s)) m
             ON m.partner_id = t.partner
  GROUP BY m.segment_id ORDER BY 4 DESC
"""


class LoyaltySimulation(models.Model):
    """The counting: orders are read in batches, the oldest first, and only counted."""

    _inherit = "crm.loyalty.simulation"

    def _execute(self):
        self.env.flush_all()
        counter = Counter(self)
        [(total,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM sale_order o WHERE %s", self._get_orders_sql())
        )
        after, last = datetime.min, 0
        while rows := self.env.execute_query(
            SQL(
                LINES,
                orders=self._get_orders_sql(),
                effective=self._get_effective_sql(),
                after=after,
                last=last,
                limit=BATCH,
            )
        ):
            counter.prepare({row[6] for row in rows if row[6]})
            for _id, lines in groupby(rows, key=lambda row: row[0]):
                counter.count(lines)
            last, after = rows[-1][0], rows[-1][2]
            self._report(counter.orders, total, self.env._("Counting orders"))
        return self._keep_outcome(counter)

    def _get_orders_sql(self):
        zone = timezone(self.company_id.partner_id.tz or "UTC")
        first, past = (
            zone.localize(datetime.combine(day, time.min)).astimezone(UTC)
            for day in (self.date_from, self.date_to + timedelta(days=1))
        )
        wanted = SQL(
            "o.state = 'sale' AND o.company_id = %s AND o.date_order >= %s "
            "AND o.date_order < %s",
            self.company_id.id,
            first.replace(tzinfo=None),
            past.replace(tzinfo=None),
        )
        if lists := self.program_id.pricelist_ids.ids:
            wanted = SQL("%s AND o.pricelist_id = ANY(%s)", wanted, lists)
        return wanted

    def _get_effective_sql(self):
        """Lines that count; those of the delivery do not, where there are any."""
        if "is_delivery" in self.env["sale.order.line"]._fields:
            return SQL("l.is_delivery IS NOT TRUE")
        return SQL("TRUE")

    # ------------------------------------------------------------------ outcome

    def _keep_outcome(self, counter):
        reached = {id_: sums for id_, sums in counter.customers.items() if sums[1]}
        self.sudo().line_ids.unlink()
        lines = self._prepare_lines(reached, counter.points)
        self.env["crm.loyalty.simulation.line"].sudo().create(lines)
        value = counter.value
        cost = counter.saved if counter.is_current else counter.points * value
        return {
            "order_count": counter.orders,
            "hit_count": counter.hits,
            "customer_count": len(counter.customers),
            "reached_count": len(reached),
            "revenue": counter.revenue,
            "points": counter.points,
            "base_points": counter.base,
            "cut_points": counter.cut,
            "cost": cost,
            "cost_share": 100 * cost / counter.revenue if counter.revenue else 0.0,
            "spent_on": counter.spent_on,
            "chart": self._prepare_chart(counter, reached),
        }

    def _prepare_lines(self, reached, total):
        rows = self.env.execute_query(
            SQL(
                BY_SEGMENT,
                partners=list(reached),
                orders=[sums[0] for sums in reached.values()],
                points=[sums[1] for sums in reached.values()],
                company=self.company_id.id,
            )
        )
        return [
            {
                "simulation_id": self.id,
                "segment_id": segment,
                "customer_count": customers,
                "order_count": orders,
                "points": found,
                "mean": found / customers,
                "share": 100 * found / total if total else 0.0,
            }
            for segment, customers, orders, found in rows
        ]

    def _prepare_chart(self, counter, reached):
        return {
            "kind": "simulation",
            "bars": histogram.bars(sums[1] for sums in reached.values()),
            "months": [
                {"month": month, "points": round(found, 2)}
                for month, found in sorted(counter.months.items())
            ],
            "unit": self.program_id.portal_point_name or "",
        }
