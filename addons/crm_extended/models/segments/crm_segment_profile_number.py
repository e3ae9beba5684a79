from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...contrast.difference import Sample, compare_means

NUMBERS = """
    SELECT fact.key, contrast.inside, count(*), avg(fact.value)::float8,
           COALESCE(stddev_samp(fact.value), 0)::float8,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY fact.value::float8)
      FROM %s AS fact
      JOIN crm_segment_contrast contrast USING (partner_id)
     GROUP BY 1, 2
"""
# Who has none of it has zero of it.
COUNTED = """
    (SELECT contrast.partner_id, 0 AS key, COALESCE(fact.value, 0) AS value
       FROM crm_segment_contrast contrast
       LEFT JOIN (SELECT customer.commercial_partner_id AS partner_id,
                         %(value)s AS value
                    FROM %(rows)s AS row
                    JOIN res_partner customer ON customer.id = row.partner_id
                   GROUP BY 1) fact USING (partner_id))
"""


class SegmentPicture(models.AbstractModel):
    """Numbers of a segment: scores, answers, purchases, interactions."""

    _inherit = "crm.segment.picture"

    @api.model
    def _get_numbers(self):
        """Each number that is known of both sides, as `profile` tells it."""
        numbers = []
        for group, names, table in self._get_number_tables():
            for key, sides in self._read_sides(table).items():
                if len(sides) < 2 or key not in names:
                    continue
                label, unit = names[key]
                found = compare_means(sides[True], sides[False])
                numbers.append(
                    {
                        "group": group,
                        "label": label,
                        "unit": unit or "",
                        "inside": self._show_sample(found.inside),
                        "rest": self._show_sample(found.rest),
                        "effect": found.effect,
                        "size": found.size,
                        "p": found.p,
                        "strength": abs(found.t or 0),
                    }
                )
        return numbers

    @api.model
    def _show_sample(self, sample):
        return {"count": sample.count, "mean": sample.mean, "median": sample.median}

    @api.model
    def _read_sides(self, table):
        """{key: {inside: `Sample`}} of an SQL table of partner_id, key and value"""
        found = {}
        for key, inside, *figures in self.env.execute_query(SQL(NUMBERS, table)):
            found.setdefault(key, {})[inside] = Sample(*figures)
        return found

    @api.model
    def _get_number_tables(self):
        """(group, {key: (label, unit)}, SQL table of partner_id, key, value)

        Override to add numbers; what the reader may not see is left out.
        """
        return [
            *self._get_score_numbers(),
            *self._get_attribute_numbers(),
            *self._get_counted_numbers(),
        ]

    @api.model
    def _get_score_numbers(self):
        scores = self.env["crm.score"].search(Domain.TRUE)
        query = self.env["crm.score.value"]._search(
            Domain("score_id", "in", scores.ids)
            & Domain("partner_id", "in", self._get_compared())
            & Domain("company_id", "in", [self.env.company.id, False])
        )
        column = SQL.identifier
        rows = query.select(
            *(column(query.table, n) for n in ("partner_id", "score_id", "value")),
            column(query.table, "company_id"),
        )
        table = SQL(
            "(SELECT DISTINCT ON (partner_id, score_id) partner_id, score_id AS key, "
            "value FROM (%s) AS row ORDER BY partner_id, score_id, company_id)",
            rows,
        )
        names = {score.id: (score.name, score.unit) for score in scores}
        return [(self.env._("Scores"), names, table)] if names else []

    @api.model
    def _get_attribute_numbers(self):
        attributes = self.env["crm.attribute"]
        if not attributes.has_access("read"):
            return []
        attributes = attributes.search([("kind", "=", "number")])
        query = self.env["crm.attribute.value"]._search(
            Domain("attribute_id", "in", attributes.ids)
            & Domain("valid_to", "=", False)
            & Domain("partner_id", "in", self._get_compared())
        )
        column = SQL.identifier
        table = query.subselect(
            column(query.table, "partner_id"),
            SQL("%s AS key", column(query.table, "attribute_id")),
            SQL("%s AS value", column(query.table, "value_number")),
        )
        names = {one.id: (one.name, one.unit) for one in attributes}
        return [(self.env._("Attributes"), names, table)] if names else []

    @api.model
    def _get_counted_numbers(self):
        """What is summed up per customer; contact persons count for their company."""
        say, unit = self.env._, self.env.company.currency_id.name
        company = Domain("company_id", "=", self.env.company.id)
        year = Domain("date", ">=", "today -1y")
        ordered = company & Domain("state", "=", "sale")
        ordered &= Domain("date_order", ">=", "today -1y")
        rate = "amount_untaxed / COALESCE(NULLIF(currency_rate, 0), 1)"
        facts = [
            ("sale.order", ordered, None, say("Orders in a Year"), ""),
            ("sale.order", ordered, rate, say("Ordered in a Year"), unit),
            ("crm.purchase", company, None, say("Imported Purchases"), ""),
            (
                "crm.purchase",
                company,
                "amount_company",
                say("Value of Imported Purchases"),
                unit,
            ),
            ("crm.interaction", year, None, say("Contacts in a Year"), ""),
        ]
        tables = []
        for model, domain, value, label, unit in facts:
            records = self.env[model]
            if not records.has_access("read"):
                continue
            query = records._search(domain)
            rows = query.subselect(SQL("%s.*", SQL.identifier(query.table)))
            measure = SQL("sum(%s)", SQL(value)) if value else SQL("count(*)")
            table = SQL(COUNTED, value=measure, rows=rows)
            tables.append(
                (self.env._("Purchases and Contacts"), {0: (label, unit)}, table)
            )
        return tables
