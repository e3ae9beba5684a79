from odoo import api, fields, models
from odoo.tools import SQL

from .crm_quality_rule import FIELDS

_TARGETS = [name for name, _label in FIELDS if name != "attribute"]

# Of each customer once in each row of its sources, its branches, and all together
_NOTE = """
    WITH told AS (
        SELECT DISTINCT partner_id, source_id FROM crm_source_record
         WHERE partner_id IS NOT NULL
    ), bought AS (
        SELECT DISTINCT partner_id, branch_id FROM crm_purchase
         WHERE branch_id IS NOT NULL
    ), rows AS (
        SELECT s.*, NULL::int AS source_id, NULL::int AS branch_id, p.company_id
          FROM crm_quality_score s JOIN res_partner p ON p.id = s.partner_id
        UNION ALL
        SELECT s.*, t.source_id, NULL, o.company_id
          FROM crm_quality_score s JOIN told t ON t.partner_id = s.partner_id
          JOIN crm_source o ON o.id = t.source_id
        UNION ALL
        SELECT s.*, NULL, b.branch_id, h.company_id
          FROM crm_quality_score s JOIN bought b ON b.partner_id = s.partner_id
          JOIN crm_branch h ON h.id = b.branch_id
    )
    INSERT INTO crm_quality_day AS d
        (date, source_id, branch_id, company_id, scope, customer_count, score,
         completeness, validity, freshness, fault_count)
    SELECT %(day)s, source_id, branch_id, company_id,
           CASE WHEN source_id IS NOT NULL THEN 'source'
                WHEN branch_id IS NOT NULL THEN 'branch' ELSE 'all' END,
           count(*), avg(score), avg(completeness), avg(validity), avg(freshness),
           sum(fault_count)
      FROM rows GROUP BY source_id, branch_id, company_id
    ON CONFLICT (date, source_id, branch_id, company_id) DO UPDATE SET
        customer_count = EXCLUDED.customer_count, score = EXCLUDED.score,
        completeness = EXCLUDED.completeness, validity = EXCLUDED.validity,
        freshness = EXCLUDED.freshness, fault_count = EXCLUDED.fault_count
"""
# What the source's own rows hold, whatever others have added to its customers since
_BROUGHT = """
    WITH rules (is_company, target, weight, half_life) AS (VALUES %(rules)s),
    rows AS (
        SELECT r.source_id, sum(u.weight) AS total,
               sum(u.weight) FILTER (WHERE e.filled) AS filled,
               sum(u.weight * CASE WHEN u.half_life = 0 THEN 1 ELSE
                   0.5 ^ LEAST(extract(epoch FROM %(now)s - r.received_at)
                         / 86400 / u.half_life, 100) END) FILTER (WHERE e.filled)
                   AS fresh
          FROM crm_source_record r
          JOIN res_partner p ON p.id = r.partner_id
          JOIN rules u ON u.is_company = COALESCE(p.is_company, false)
         CROSS JOIN LATERAL (
             SELECT COALESCE(r.accepted->>u.target, '') NOT IN ('', 'false') AS filled
         ) e
         WHERE jsonb_typeof(r.accepted) = 'object'
         GROUP BY r.id
    ), means AS (
        SELECT source_id, 100 * avg(COALESCE(filled, 0) / total) AS completeness,
               100 * avg(fresh / filled) AS freshness
          FROM rows GROUP BY source_id
    )
    UPDATE crm_quality_day d
       SET brought_completeness = m.completeness, brought_freshness = m.freshness
      FROM means m WHERE m.source_id = d.source_id AND d.date = %(day)s
"""


class CrmQualityDay(models.Model):
    """The quality of data on one day: of all customers, of each source and branch."""

    _name = "crm.quality.day"
    _description = "Data Quality of a Day"
    _order = "date desc, id"
    _log_access = False
    _rec_name = "date"

    date = fields.Date(string="Day", required=True, readonly=True)
    scope = fields.Selection(
        [("all", "All Customers"), ("source", "A Source"), ("branch", "A Branch")],
        string="Of",
        required=True,
        readonly=True,
    )
    source_id = fields.Many2one(
        "crm.source", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    branch_id = fields.Many2one(
        "crm.branch", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator="max")
    score = fields.Float(readonly=True, aggregator="avg")
    completeness = fields.Float(readonly=True, aggregator="avg")
    validity = fields.Float(readonly=True, aggregator="avg")
    freshness = fields.Float(readonly=True, aggregator="avg")
    fault_count = fields.Integer(string="Faults", readonly=True, aggregator="max")
    brought_completeness = fields.Float(
        string="Completeness of Its Own Rows", readonly=True, aggregator="avg"
    )
    brought_freshness = fields.Float(
        string="Freshness of Its Own Rows", readonly=True, aggregator="avg"
    )

    _day_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (date, source_id, branch_id, company_id)",
        "This day is noted already.",
    )

    @api.model
    def _note(self, day=None):
        """Keep today's averages; noted again on the same day they are replaced."""
        self.env.flush_all()
        day = fields.Date.to_date(day) or fields.Date.context_today(self)
        self.env.cr.execute(SQL(_NOTE, day=day))
        rules = [
            SQL(
                "(%s, %s, %s::float8, %s::float8)",
                is_company,
                rule.field,
                rule.weight,
                rule.half_life,
            )
            for is_company, kind in self.env["crm.quality.rule"]._get_rules().items()
            for rule in kind
            if rule.field in _TARGETS
        ]
        if rules:
            self.env.cr.execute(
                SQL(
                    _BROUGHT,
                    rules=SQL(", ").join(rules),
                    now=self.env.cr.now(),
                    day=day,
                )
            )
        self.invalidate_model(flush=False)


class CrmSource(models.Model):
    """What each source brings: how complete and how fresh its own rows are."""

    _inherit = "crm.source"

    quality_day_ids = fields.One2many("crm.quality.day", "source_id", readonly=True)
    quality_score = fields.Float(
        string="Quality of Its Customers", compute="_compute_quality"
    )
    brought_completeness = fields.Float(
        string="Completeness", compute="_compute_quality"
    )
    brought_freshness = fields.Float(string="Freshness", compute="_compute_quality")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_quality(self):
        days = self.env["crm.quality.day"]
        mine = [("source_id", "in", self.ids)]
        latest = days.browse()
        if days.has_access("read"):
            [(day,)] = days._read_group(mine, aggregates=["date:max"])
            latest = days.search([*mine, ("date", "=", day)])
        by_source = {row.source_id.id: row for row in latest}
        for source in self:
            row = by_source.get(source.id, days)
            source.quality_score = row.score
            source.brought_completeness = row.brought_completeness
            source.brought_freshness = row.brought_freshness

    def action_open_quality(self):
        """Open the source's quality over time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_quality_day"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("source_id", "=", self.id)],
            "context": {},
        }
