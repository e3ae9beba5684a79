import re
from bisect import bisect_left

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

BANDS = [
    ("1", "Lowest Fifth"),
    ("2", "Low"),
    ("3", "Middle"),
    ("4", "High"),
    ("5", "Top Fifth"),
]
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class CrmScoreValue(models.Model):
    """What one score says about one customer, kept beside the customer.

    Rows are written by SQL in sets (`crm.score._store`), never by people: a million new
    estimates must not rewrite a million wide customer rows. The band is not stored
    either: it moves when others' values move, it is read from the score's cut points.
    """

    _name = "crm.score.value"
    _description = "Score of a Customer"
    _order = "score_id, partner_id"
    _log_access = False

    # Each index is paid for by every value that changes: the constraint finds a
    # customer's values, `_score_value_idx` those of a score.
    score_id = fields.Many2one("crm.score", required=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", ondelete="cascade")
    value = fields.Float(required=True, aggregator="avg")
    value_text = fields.Char(string="Shown As", compute="_compute_value_text")
    band = fields.Selection(
        BANDS,
        compute="_compute_band",
        search="_search_band",
        help="Where the customer stands among all: each band holds about a fifth",
    )
    date = fields.Date(
        string="Since", required=True, help="Day since which this value holds"
    )
    version = fields.Char(help="Version of the model that gave the value")
    evidence = fields.Json(help="The figures the value was computed from")
    evidence_text = fields.Char(string="Because", compute="_compute_evidence_text")

    _score_partner_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (partner_id, score_id, company_id)",
        "A customer has one value of a score in a company.",
    )
    _value_finite = models.Constraint(
        "CHECK (value > '-Infinity' AND value < 'Infinity')",
        "A score is a finite number.",
    )
    _score_value_idx = models.Index("(score_id, value)")

    @api.depends("score_id", "partner_id")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.score_id.name}: {record.value_text}"

    @api.depends("value", "score_id.decimals", "score_id.unit")
    @api.depends_context("lang")
    def _compute_value_text(self):
        for record in self:
            number = formatLang(self.env, record.value, digits=record.score_id.decimals)
            unit = record.score_id.unit
            record.value_text = f"{number} {unit}" if unit else number

    @api.depends("value", "score_id.cuts", "score_id.higher_is_better", "company_id")
    def _compute_band(self):
        for record in self:
            score = record.score_id
            cuts = (score.cuts or {}).get(str(record.company_id.id or 0))
            below = bisect_left(cuts, record.value) if cuts else False
            if cuts:
                record.band = str(below + 1 if score.higher_is_better else 5 - below)
            else:
                record.band = False

    @api.depends("evidence", "score_id.evidence_template")
    @api.depends_context("lang")
    def _compute_evidence_text(self):
        for record in self:
            evidence = record.evidence if isinstance(record.evidence, dict) else {}
            template = record.score_id.evidence_template
            if template and evidence:
                # Substitution by name only: a template is data, str.format would let it
                # walk through attributes.
                record.evidence_text = PLACEHOLDER.sub(
                    lambda match, known=evidence: str(known.get(match[1], "–")),
                    template,
                )
            else:
                record.evidence_text = ", ".join(
                    f"{name} {figure}" for name, figure in evidence.items()
                )

    def _search_band(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = []
        for score in self.env["crm.score"].search(Domain.TRUE):
            for company, cuts in (score.cuts or {}).items():
                for band in filter(None, value):
                    if band in dict(BANDS) and cuts:
                        here = score._get_band_domain(int(band), cuts)
                        mine = Domain("score_id", "=", score.id)
                        mine &= Domain("company_id", "=", int(company) or False)
                        domains.append(mine & here)
        return Domain.OR(domains)

    def _field_to_sql(self, alias, fname, query=None):
        """Let bands be grouped by, from the cut points of the score."""
        if fname != "band" or query is None:
            return super()._field_to_sql(alias, fname, query)
        self._check_field_access(self._fields["band"], "read")
        scores = self.env["crm.score"]
        score = query.left_join(alias, "score_id", scores._table, "id", "score_id")
        company = super()._field_to_sql(alias, "company_id", query)
        value = super()._field_to_sql(alias, "value", query)
        cuts = SQL(
            "%s -> COALESCE(%s::text, '0')",
            scores._field_to_sql(score, "cuts", query),
            company,
        )
        below = SQL(" + ").join(
            SQL("(((%s) ->> %s)::float8 < %s)::int", cuts, place, value)
            for place in range(4)
        )
        return SQL(
            "(CASE WHEN %s THEN %s + 1 ELSE 5 - (%s) END)::text",
            scores._field_to_sql(score, "higher_is_better", query),
            below,
            below,
        )
