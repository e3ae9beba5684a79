from odoo import api, models
from odoo.tools import SQL

from ..sources.purchase_lines import purchase_lines

# What the customers bought in the last years, a row per product and day.
BOUGHT = """
    CREATE TEMP TABLE crm_offer_bought ON COMMIT DROP AS
    SELECT f.partner_id, f.product_id, f.date, sum(f.quantity) AS quantity
      FROM (%(lines)s) f
     WHERE f.partner_id = ANY(%(partners)s) AND f.company_id = %(company)s
       AND f.product_id IS NOT NULL AND f.date > %(today)s::date - 1095
     GROUP BY 1, 2, 3 HAVING sum(f.quantity) > 0
"""
NEED = """
    SELECT p.commercial_partner_id, n.product_id,
           (ARRAY[0.4, 0.55, 0.7, 0.9])[n.priority::int + 1], n.name, n.id
      FROM crm_need n JOIN res_partner p ON p.id = n.partner_id
     WHERE n.state = 'open' AND n.product_id IS NOT NULL
       AND p.commercial_partner_id = ANY(%(partners)s)
       AND (n.company_id IS NULL OR n.company_id = %(company)s)
"""
# Bought on three days at least: due from 80% of the usual interval on, until three
# have passed, when the habit is over. The more regular the intervals, the surer.
DUE = """
    SELECT h.partner_id, h.product_id,
           GREATEST(0.2, 0.8 - 0.6 * LEAST(h.spread / NULLIF(h.usual, 0), 1)),
           h.usual, h.last
      FROM (SELECT g.partner_id, g.product_id, max(g.date) AS last, count(*) AS days,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY g.gap) AS usual,
                   COALESCE(stddev_pop(g.gap), 0) AS spread
              FROM (SELECT b.*, b.date - lag(b.date) OVER (
                               PARTITION BY b.partner_id, b.product_id ORDER BY b.date
                           ) AS gap FROM crm_offer_bought b) g
             GROUP BY 1, 2) h
     WHERE h.days >= 3
       AND %(today)s::date - h.last BETWEEN 0.8 * h.usual AND 3 * h.usual
"""
HINT = """
    SELECT b.partner_id, t.offered_id, max(t.confidence) / 100,
           (array_agg(t.id ORDER BY t.confidence DESC, t.id))[1]
      FROM crm_offer_hint t
      JOIN crm_offer_bought b ON b.product_id = t.bought_id
     WHERE t.active AND (t.company_id IS NULL OR t.company_id = %(company)s)
       AND b.date >= %(today)s::date - t.within_days
       AND NOT EXISTS (SELECT FROM crm_offer_bought o
                        WHERE o.partner_id = b.partner_id
                          AND o.product_id = t.offered_id)
     GROUP BY 1, 2
"""


class CrmOffer(models.Model):
    """Why a product is proposed. Another addon adds a kind of reason by two overrides.

    `_get_reason_kinds` names it, and `_find_<kind>_reasons` returns rows for all the
    customers at once; the kind is added to the selection of `crm.offer.line.source`.
    """

    _inherit = "crm.offer"

    @api.model
    def _get_reason_kinds(self):
        return ["need", "due", "hint"]

    @api.model
    def _prepare_bought(self, partner_ids, company, today):
        """Lay out what the customers bought, for all kinds of reasons."""
        self.env.flush_all()
        self.env.cr.execute("DROP TABLE IF EXISTS pg_temp.crm_offer_bought")
        self.env.cr.execute(
            SQL(
                BOUGHT,
                lines=purchase_lines(),
                partners=list(partner_ids),
                company=company.id,
                today=today,
            )
        )
        self.env.cr.execute("ANALYZE pg_temp.crm_offer_bought")

    @api.model
    def _find_need_reasons(self, partner_ids, company, today):
        """Rows (customer, product, weight, words, values of the line)."""
        rows = self.env.execute_query(
            SQL(NEED, partners=list(partner_ids), company=company.id)
        )
        for partner, product, weight, name, need in rows:
            yield partner, product, weight, name, {"need_id": need}

    @api.model
    def _find_due_reasons(self, partner_ids, company, today):
        for partner, product, weight, usual, last in self.env.execute_query(
            SQL(DUE, today=today)
        ):
            words = self.env._(
                "bought every %(days)d days, last on %(day)s", days=usual, day=last
            )
            yield partner, product, weight, words, {}

    @api.model
    def _find_hint_reasons(self, partner_ids, company, today):
        rows = self.env.execute_query(SQL(HINT, today=today, company=company.id))
        # sudo: whoever may propose gets the reason, not the list of hints
        hints = self.env["crm.offer.hint"].sudo().browse({row[3] for row in rows})
        words = {
            hint.id: hint.words
            or self.env._(
                "goes with %(product)s",
                product=hint.bought_id.with_context(
                    display_default_code=False
                ).display_name,
            )
            for hint in hints
        }
        for partner, product, weight, hint in rows:
            yield partner, product, weight, words[hint], {}
