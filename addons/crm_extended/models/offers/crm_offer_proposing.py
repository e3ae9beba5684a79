from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...offering.ranking import Reason, rank

MOST = 5  # products in an offer
# Refused lately, or on an offer or quotation that is still open.
TAKEN = """
    SELECT p.commercial_partner_id, l.product_id
      FROM crm_offer_line l
      JOIN crm_offer o ON o.id = l.offer_id
      JOIN res_partner p ON p.id = o.partner_id
     WHERE p.commercial_partner_id = ANY(%(partners)s) AND o.company_id = %(company)s
       AND (o.state IN ('proposed', 'quoted')
            OR o.state = 'refused' AND o.decided_on > %(today)s::date - 90)
       AND o.id <> ALL(%(but)s)
    UNION
    SELECT p.commercial_partner_id, l.product_id
      FROM sale_order_line l
      JOIN sale_order s ON s.id = l.order_id
      JOIN res_partner p ON p.id = s.partner_id
     WHERE p.commercial_partner_id = ANY(%(partners)s) AND s.company_id = %(company)s
       AND s.state IN ('draft', 'sent') AND l.product_id IS NOT NULL
       AND s.create_date > %(today)s::date - 60
"""


class CrmOffer(models.Model):
    """Reasons of all kinds put together, for one customer or for thousands."""

    _inherit = "crm.offer"

    @api.model
    def _suggest(self, partners, company, most=MOST):
        """The lines to propose, by a fixed number of queries.

        :param partners: `res.partner` the caller may read
        :return: {commercial partner id: values of `crm.offer.line`, best first}
        """
        today = fields.Date.context_today(self)
        ids = partners.sudo().commercial_partner_id.ids
        if not ids:
            return {}
        self._prepare_bought(ids, company, today)
        found, about = defaultdict(list), {}
        for kind in self._get_reason_kinds():
            rows = getattr(self, f"_find_{kind}_reasons")(ids, company, today)
            for partner, product, weight, words, more in rows:
                found[partner].append(Reason(product, kind, float(weight), words or ""))
                about.setdefault((partner, product), {}).update(more)
        categories = self._get_sold(found, company)
        taken = self._get_taken(ids, company, today)
        suggested = {}
        for partner, reasons in found.items():
            free = (
                reason
                for reason in reasons
                if reason.product in categories
                and (partner, reason.product) not in taken
            )
            best = rank(free, most=most, category=categories)
            if best:
                suggested[partner] = [
                    self._prepare_line(one, place, about[partner, one.product])
                    for place, one in enumerate(best)
                ]
        return suggested

    @api.model
    def _prepare_line(self, suggestion, place, more):
        return {
            "sequence": 10 * (place + 1),
            "product_id": suggestion.product,
            "source": suggestion.source,
            "weight": round(suggestion.weight, 4),
            "reason": "; ".join(r.words for r in suggestion.reasons if r.words),
            **more,
        }

    @api.model
    def _get_sold(self, found, company):
        """{product: category} of those on sale in the company."""
        ids = {reason.product for reasons in found.values() for reason in reasons}
        domain = Domain("id", "in", list(ids)) & Domain("sale_ok", "=", True)
        domain &= Domain("company_id", "in", [False, company.id])
        products = self.env["product.product"].sudo().search_fetch(domain, ["categ_id"])
        return {product.id: product.categ_id.id for product in products}

    @api.model
    def _get_taken(self, partner_ids, company, today):
        rows = self.env.execute_query(
            SQL(
                TAKEN,
                partners=list(partner_ids),
                company=company.id,
                today=today,
                but=self.ids,
            )
        )
        return set(rows)

    @api.model
    def _propose(self, partners, company, values=None, most=MOST):
        """Make an offer for each customer for whom there is a reason.

        :param values: of every offer, such as its last day
        :return: the new offers
        """
        suggested = self._suggest(partners, company, most)
        vals_list = []
        for partner in partners:
            lines = suggested.pop(partner.sudo().commercial_partner_id.id, None)
            if lines:
                vals_list.append(
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "line_ids": [(0, 0, line) for line in lines],
                        **(values or {}),
                    }
                )
        return self.create(vals_list)
