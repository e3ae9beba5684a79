from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# What the customer bought: imported purchases and posted invoices less refunds.
TURNOVER = """
    SELECT c.commercial_partner_id AS partner_id, sum(x.amount) AS value
      FROM (SELECT partner_id, amount_company AS amount FROM crm_purchase
             WHERE company_id IN %(companies)s AND %(bought)s
            UNION ALL
            SELECT partner_id, amount_untaxed_signed FROM account_move
             WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund')
               AND company_id IN %(companies)s AND %(invoiced)s) x
      JOIN res_partner c ON c.id = x.partner_id
     GROUP BY c.commercial_partner_id
"""


class CrmSegment(models.Model):
    """No more than so many customers: the best of those who fit.

    Who has no value comes last. Of two with the same value the one known longer, by
    customer number, goes first; or all who equal the last are taken, too.
    """

    _inherit = "crm.segment"

    limit_count = fields.Integer(
        string="No More Than", help="0: everybody who fits is taken"
    )
    limit_by = fields.Selection(
        [("score", "score"), ("turnover", "turnover")],
        string="Best By",
        default="score",
    )
    limit_score_id = fields.Many2one(
        "crm.score",
        string="Ranked by Score",
        index="btree_not_null",
        ondelete="cascade",
    )
    limit_days = fields.Integer(
        string="Turnover of Days", default=365, help="0: since ever"
    )
    limit_lowest = fields.Boolean(
        string="Lowest First", help="The lowest values are taken, not the highest"
    )
    limit_ties = fields.Selection(
        [("older", "who is known longer goes first"), ("all", "all of them are taken")],
        string="Of Equals",
        default="older",
        required=True,
    )

    @api.constrains("limit_count", "limit_by", "limit_score_id", "limit_days")
    def _check_limit(self):
        for segment in self:
            if segment.limit_count < 0 or not 0 <= segment.limit_days <= 36500:
                raise ValidationError(
                    self.env._("Limits and days are numbers from 0 upwards.")
                )
            ranked = segment.limit_by == "turnover" or segment.limit_score_id
            if segment.limit_count and not ranked:
                raise ValidationError(
                    self.env._(
                        "Segment %(segment)s takes the best %(count)s: choose by which "
                        "score or by turnover.",
                        segment=segment.name,
                        count=segment.limit_count,
                    )
                )

    def _is_limited(self):
        return self.limit_count > 0

    def _get_limit(self):
        """SQL join and end of the query of those who fit."""
        if not self._is_limited():
            return SQL(), SQL()
        join = SQL(
            "LEFT JOIN (%s) rank ON rank.partner_id = res_partner.id", self._get_ranks()
        )
        order = SQL(
            "ORDER BY rank.value %s NULLS LAST",
            SQL("ASC" if self.limit_lowest else "DESC"),
        )
        if self.limit_ties == "all":
            rows = SQL("FETCH FIRST %s ROWS WITH TIES", self.limit_count)
            return join, SQL("%s %s", order, rows)
        return join, SQL("%s, res_partner.id LIMIT %s", order, self.limit_count)

    def _get_ranks(self):
        """SQL query of (partner_id, value)."""
        if self.limit_by == "score":
            company = self.company_id.id or None
            return SQL(
                """SELECT DISTINCT ON (v.partner_id) v.partner_id, v.value
                     FROM crm_score_value v JOIN res_partner p ON p.id = v.partner_id
                    WHERE v.score_id = %(score)s
                      AND (%(own)s::int IS NULL OR v.company_id IS NULL
                           OR v.company_id = %(own)s)
                    ORDER BY v.partner_id,
                             (v.company_id IS NOT NULL) = (%(own)s::int IS NULL),
                             v.company_id IS DISTINCT FROM p.company_id,
                             v.date DESC, v.company_id""",
                score=self.limit_score_id.id,
                own=company,
            )
        bought = invoiced = SQL("TRUE")
        if self.limit_days:
            today = fields.Date.context_today(self)
            day = self.env.context.get("segment_day") or today
            bought = SQL("date > %s::date - %s", day, self.limit_days)
            invoiced = SQL("invoice_date > %s::date - %s", day, self.limit_days)
        return SQL(
            TURNOVER,
            companies=self._get_company_ids(),
            bought=bought,
            invoiced=invoiced,
        )

    def _describe_limit(self):
        """The limit in words, or nothing."""
        if not self._is_limited():
            return ""
        by = self.limit_score_id.name
        if self.limit_by == "turnover":
            by = self.env._("turnover")
        if self.limit_lowest:
            return self.env._(
                "the lowest %(count)s by %(by)s", count=self.limit_count, by=by
            )
        return self.env._("the best %(count)s by %(by)s", count=self.limit_count, by=by)
