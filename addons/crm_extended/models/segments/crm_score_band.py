from odoo import api, fields, models
from odoo.tools import SQL

from .crm_score_value import BANDS

PLACES = "crm_score_place"
# The id of a band must be the same at every reading and small enough for XML-RPC.
BAND_ID = "(COALESCE(%(company)s, 0) * 10000 + s.id) * 10 + %(band)s"
CUTS = "s.cuts -> COALESCE(%s::text, '0')"


class CrmScoreBand(models.Model):
    """A fifth of the customers by one score in one company, to filter and group by.

    Neither bands nor who is in them are stored: both follow from the cut points of the
    score. The view `crm_score_place` holds the pairs of `res.partner.score_band_ids`.
    """

    _name = "crm.score.band"
    _description = "Score Band"
    _auto = False
    _order = "score_id, company_id, band desc"
    _rec_names_search = ["score_id"]
    _depends = {
        "crm.score": ["active", "cuts", "higher_is_better"],
        "crm.score.value": ["score_id", "partner_id", "company_id", "value"],
    }

    score_id = fields.Many2one("crm.score", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    band = fields.Selection(BANDS, readonly=True)
    color = fields.Integer(readonly=True)

    @property
    def _table_query(self):
        company = SQL("NULLIF(c.key, '0')::int")
        return SQL(
            "SELECT %s AS id, s.id AS score_id, %s AS company_id, b.band::text AS band,"
            " CASE WHEN b.band = 1 THEN 1 WHEN b.band = 2 THEN 2"
            " WHEN b.band > 3 THEN 10 ELSE 0 END AS color"
            " FROM crm_score s"
            " CROSS JOIN jsonb_each(s.cuts) c"
            " CROSS JOIN generate_series(1, 5) b (band)"
            " WHERE s.active AND jsonb_typeof(c.value) = 'array'",
            SQL(BAND_ID, company=company, band=SQL("b.band")),
            company,
        )

    def init(self):
        cuts = SQL(CUTS, SQL("v.company_id"))
        below = SQL(" + ").join(
            SQL("((%s ->> %s)::float8 < v.value)::int", SQL("(%s)", cuts), place)
            for place in range(4)
        )
        band = SQL(
            "CASE WHEN s.higher_is_better THEN %s + 1 ELSE 5 - (%s) END", below, below
        )
        self.env.cr.execute(
            SQL(
                "CREATE OR REPLACE VIEW %s AS SELECT v.partner_id, %s AS band_id"
                " FROM crm_score_value v JOIN crm_score s ON s.id = v.score_id"
                " WHERE s.active AND jsonb_typeof(%s) = 'array'",
                SQL.identifier(PLACES),
                SQL(BAND_ID, company=SQL("v.company_id"), band=band),
                cuts,
            )
        )

    @api.depends("score_id", "band", "company_id")
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_display_name(self):
        names = dict(self._fields["band"]._description_selection(self.env))
        several = len(self.env.companies) > 1
        for record in self:
            name = f"{record.score_id.name}: {names.get(record.band, '')}"
            if several and record.company_id:
                name = f"{name} ({record.company_id.name})"
            record.display_name = name
