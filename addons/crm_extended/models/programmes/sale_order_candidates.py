import ast

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

# One statement over all rules, instead of a search of products for each of them
CANDIDATES = """
    SELECT r.program_id, r.id, r.product_domain
      FROM loyalty_rule r
      JOIN loyalty_program p ON p.id = r.program_id
     WHERE r.active AND p.active AND p.sale_ok AND p.trigger = 'auto'
       AND (r.mode IS DISTINCT FROM 'with_code' OR r.id = ANY(%(enabled)s))
       AND COALESCE(r.minimum_qty, 0) <= %(quantity)s
       AND (p.currency_id <> %(currency)s
            OR COALESCE(r.minimum_amount, 0) <= %(amount)s)
       AND (p.company_id IS NULL OR p.company_id = ANY(%(companies)s))
       AND (r.product_category_id = ANY(%(categories)s)
            OR r.product_tag_id = ANY(%(tags)s)
            OR EXISTS (SELECT FROM loyalty_rule_product_product_rel x
                        WHERE x.loyalty_rule_id = r.id
                          AND x.product_product_id = ANY(%(products)s))
            OR (r.product_category_id IS NULL AND r.product_tag_id IS NULL
                AND NOT EXISTS (SELECT FROM loyalty_rule_product_product_rel x
                                 WHERE x.loyalty_rule_id = r.id)))
       AND (NOT EXISTS (SELECT FROM loyalty_program_segment_rel s
                         WHERE s.program_id = p.id)
            OR EXISTS (SELECT FROM loyalty_program_segment_rel s
                        WHERE s.program_id = p.id
                          AND s.segment_id = ANY(%(segments)s)))
"""
FEW = 20  # programmes, below which looking for candidates costs more than it saves
MANY = """
    SELECT count(*) FROM (SELECT FROM loyalty_program
                           WHERE active AND trigger = 'auto' LIMIT %s) p
"""
HELD = """
    SELECT DISTINCT program_id FROM loyalty_card
     WHERE partner_id = %s AND program_id IS NOT NULL
"""


class SaleOrder(models.Model):
    """Of thousands of programmes, only those that can touch the order are evaluated.

    Odoo searches the products of every rule of every automatic programme. Here one
    statement leaves out programmes of which no rule can hold: wrong products, too
    little bought, wrong segment. It never leaves out one that could give something;
    what it lets through, Odoo evaluates as always.
    """

    _inherit = "sale.order"

    def _get_program_domain(self):
        domain = super()._get_program_domain()
        possible = self.env.context.get("loyalty_possible")
        possible = possible.get(self.id) if isinstance(possible, dict) else None
        if possible is None:
            return domain
        return Domain.AND([domain, [("id", "in", possible)]])

    def _get_possible_programs(self):
        """Ids of the programmes that an evaluation of the order may need; None: all.

        Those applied already and those of the customer's cards stay in: they may have
        to be taken away, and cards offer rewards without a purchase.
        """
        self.ensure_one()
        self.env["loyalty.program"].flush_model(["active", "trigger"])
        [(count,)] = self.env.execute_query(SQL(MANY, FEW + 1))
        if count <= FEW:
            return None
        applied = self.coupon_point_ids.coupon_id | self.applied_coupon_ids
        applied = (applied | self.order_line.coupon_id).program_id
        possible = set(applied.ids) | set(self.order_line.reward_id.program_id.ids)
        self.env["loyalty.card"].flush_model(["partner_id", "program_id"])
        held = self.env.execute_query(SQL(HELD, self.partner_id.id or None))
        possible.update(program for (program,) in held)
        return sorted(possible | self._get_fitting_programs())

    def _get_fitting_programs(self):
        """Ids of programmes with a rule that can hold for the lines of the order."""
        lines = self._get_not_rewarded_order_lines()
        lines = lines.filtered(lambda line: not line.combo_item_id)
        products = lines.product_id
        if not products:
            return set()
        for model in ("loyalty.rule", "loyalty.program"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(CANDIDATES, **self._get_candidate_values(lines, products))
        )
        verdicts, found = {}, set()
        for program, _rule, domain in rows:
            if program not in found and self._fits_domain(products, domain, verdicts):
                found.add(program)
        return found

    def _get_candidate_values(self, lines, products):
        """Upper bounds of what the order's lines offer to a rule."""
        paths = products.categ_id.mapped("parent_path")
        amounts = (
            max(line.price_total, line.price_subtotal) for line in self.order_line
        )
        amount = sum(amount for amount in amounts if amount > 0)
        company = self.company_id
        return {
            "enabled": self.code_enabled_rule_ids.ids,
            "quantity": sum(max(line.product_uom_qty, 0) for line in lines),
            "currency": self.currency_id.id,
            "amount": amount + 1,  # more than any rounding of it
            "companies": (company | company.parent_id).ids,
            "categories": [
                int(id_) for p in paths for id_ in (p or "").split("/") if id_
            ],
            "tags": products.all_product_tag_ids.ids,
            "products": products.ids,
            "segments": self._get_customer_segments(),
        }

    def _get_customer_segments(self):
        partner = self.partner_id
        found = self.env["loyalty.program"]._get_segments_by(partner)
        return list(found.get(partner._origin.id, ()))

    def _fits_domain(self, products, domain, verdicts):
        """Whether a rule's own filter takes one of the products; each is asked once."""
        if not domain or domain == "[]":
            return True
        if domain not in verdicts:
            parsed = Domain(ast.literal_eval(domain))
            verdicts[domain] = bool(products.filtered_domain(parsed))
        return verdicts[domain]
