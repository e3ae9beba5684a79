"""What policies change on customers: planned in one statement, done in four."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...conduct.resolve import order
from .rules import APPLIED

CREATE = """
    CREATE TEMP TABLE IF NOT EXISTS crm_policy_step (
        partner_id int PRIMARY KEY, action varchar, now jsonb, before jsonb, new jsonb,
        value jsonb, policy_id int, override_id int) ON COMMIT DROP;
    TRUNCATE crm_policy_step
"""
# `target`: what should hold. `known`: everybody it holds or held for.
# - set: nobody decided so far; - change: another policy or value decides now;
# - restore: nobody decides any more; - leave: the same, but a person changed the field;
# - kept: a policy decides, but a person changed the field: that person's word stays.
PLAN = """
    WITH wanted AS (
        SELECT DISTINCT ON (m.partner_id) m.partner_id, v.policy_id, NULL::int AS over,
               v.value
          FROM crm_segment_member m
          JOIN (VALUES %(wanted)s) AS v (segment_id, policy_id, place, value)
            ON v.segment_id = m.segment_id
          JOIN res_partner p ON p.id = m.partner_id AND p.commercial_partner_id = p.id
         WHERE m.valid_to IS NULL
           AND (m.company_id IS NULL OR m.company_id = %(company)s)
           AND (p.company_id IS NULL OR p.company_id = %(company)s) AND %(chosen_m)s
         ORDER BY m.partner_id, v.place
    ), allowed AS (
        SELECT DISTINCT ON (o.partner_id) o.partner_id, NULL::int AS policy_id, o.id,
               CASE WHEN o.suspends THEN NULL ELSE %(value)s END AS value
          FROM crm_policy_override o
         WHERE o.rule = %(rule)s AND o.state = 'granted' AND o.company_id = %(company)s
           AND o.date_from <= %(today)s
           AND (o.date_to IS NULL OR o.date_to >= %(today)s)
           AND %(chosen_o)s
         ORDER BY o.partner_id, o.id DESC
    ), target AS (
        SELECT * FROM wanted w
         WHERE NOT EXISTS (SELECT FROM allowed a WHERE a.partner_id = w.partner_id)
        UNION ALL
        SELECT * FROM allowed WHERE value IS NOT NULL
    ), known AS (
        SELECT partner_id FROM target
        UNION
        SELECT e.partner_id FROM crm_policy_effect e
         WHERE e.rule = %(rule)s AND e.company_id = %(company)s AND %(chosen_e)s
    )
    INSERT INTO crm_policy_step
    SELECT p.id, CASE
               WHEN t.partner_id IS NULL AND e.value = %(current)s THEN 'restore'
               WHEN t.partner_id IS NULL THEN 'leave'
               WHEN e.id IS NULL THEN 'set'
               WHEN e.value = %(current)s OR t.over IS NOT NULL
                    OR t.value = %(current)s THEN 'change'
               ELSE 'kept' END,
           %(current)s,
           CASE WHEN e.id IS NULL THEN p.%(column)s -> %(key)s ELSE e.before END,
           CASE WHEN t.partner_id IS NOT NULL THEN t.value
                ELSE COALESCE(e.before, %(fallback)s, 'null'::jsonb) END,
           t.value, t.policy_id, t.over
      FROM known k
      JOIN res_partner p ON p.id = k.partner_id
      LEFT JOIN target t ON t.partner_id = p.id
      LEFT JOIN crm_policy_effect e ON e.partner_id = p.id AND e.rule = %(rule)s
           AND e.company_id = %(company)s
     WHERE ROW(e.id IS NULL, e.policy_id, e.override_id, e.value)
           IS DISTINCT FROM ROW(t.partner_id IS NULL, t.policy_id, t.over, t.value)
"""
# A value equal to what everybody has is no own value, as Odoo itself keeps it.
WRITE = """
    UPDATE res_partner p
       SET %(column)s = NULLIF(
               CASE WHEN s.own IS NULL THEN COALESCE(p.%(column)s, '{}') - %(key)s
                    ELSE COALESCE(p.%(column)s, '{}')
                         || jsonb_build_object(%(key)s::text, s.own) END, '{}'::jsonb),
           write_date = now() AT TIME ZONE 'UTC', write_uid = %(user)s
      FROM (SELECT partner_id, now, new,
                   NULLIF(new, COALESCE(%(fallback)s, 'null'::jsonb)) AS own
              FROM crm_policy_step WHERE action IN ('set', 'change', 'restore')) s
     WHERE p.commercial_partner_id = s.partner_id
       AND p.%(column)s -> %(key)s IS DISTINCT FROM s.own
"""
END = """
    DELETE FROM crm_policy_effect e USING crm_policy_step s
     WHERE e.partner_id = s.partner_id AND e.rule = %(rule)s
       AND e.company_id = %(company)s AND s.action IN ('restore', 'leave')
"""
CHANGE = """
    UPDATE crm_policy_effect e
       SET policy_id = s.policy_id, override_id = s.override_id,
           value = CASE s.action WHEN 'kept' THEN e.value ELSE s.value END,
           since = CASE WHEN s.action = 'kept' AND e.policy_id = s.policy_id
                        THEN e.since ELSE now() AT TIME ZONE 'UTC' END
      FROM crm_policy_step s
     WHERE e.partner_id = s.partner_id AND e.rule = %(rule)s
       AND e.company_id = %(company)s AND s.action IN ('change', 'kept')
"""
# Two runs at once: the second is refused by PostgreSQL here and tried again by Odoo.
BEGIN = """
    INSERT INTO crm_policy_effect
           (partner_id, company_id, rule, policy_id, override_id, value, before, since)
    SELECT partner_id, %(company)s, %(rule)s, policy_id, override_id, value, before,
           now() AT TIME ZONE 'UTC'
      FROM crm_policy_step WHERE action = 'set'
        ON CONFLICT (partner_id, company_id, rule) DO NOTHING
"""
COUNT = "SELECT action, count(*) FROM crm_policy_step GROUP BY 1"


class CrmPolicy(models.Model):
    _inherit = "crm.policy"

    @api.model
    def _apply(self, partner_ids=None, report=None, keep=None):
        """Let the customers' fields follow the active policies, in sets.

        The number of statements depends on companies and rules, not on customers.
        Repeated, it changes nothing.

        :param partner_ids: ids of commercial partners; all by default
        :param report: function (done, total, text)
        :param keep: function (company, applied) called while the steps of one rule lie
            in the table `crm_policy_step`, before they are done
        :return: {action: number of customers' values}
        """
        return self._walk(self._get_rules(), partner_ids, report, keep, done=True)

    @api.model
    def _walk(self, policies, partner_ids=None, report=None, keep=None, done=False):
        """Plan, and where `done` carry out, what these policies mean for fields."""
        counts = {}
        if partner_ids is not None and not partner_ids:
            return counts
        self.env.flush_all()
        companies = self.env["res.company"].sudo().search(Domain.TRUE)
        places = [(company, applied) for company in companies for applied in APPLIED]
        for number, (company, applied) in enumerate(places):
            if report:
                report(number, len(places), company.name)
            parts = self._get_parts(policies, company, applied, partner_ids)
            if not parts:
                continue
            self._plan(parts)
            self.env.cr.execute(COUNT)
            for action, count in self.env.cr.fetchall():
                counts[action] = counts.get(action, 0) + count
            if keep:
                keep(company, applied)
            if done:
                self._carry_out(parts)
        if done:
            self._invalidate_applied()
        return counts

    @api.model
    def _get_parts(self, policies, company, applied, partner_ids):
        """The pieces of the statements for one rule in one company, or None.

        A team's policy holds for orders of the team, not for the customer's fields.
        """
        here = [
            policy
            for policy in policies
            if policy.company_id in (None, company.id) and not policy.team_id
        ]
        ranked = order(here, applied.rule)
        if not ranked and not self._has_traces(company, applied):
            return None
        rows = [
            SQL(
                "(%s::int, %s::int, %s::int, to_jsonb(%s))",
                policy.segment_id,
                policy.id,
                place,
                self._as_column(applied, policy.rules[applied.rule]),
            )
            for place, policy in enumerate(ranked)
        ] or [SQL("(NULL::int, NULL::int, NULL::int, NULL::jsonb)")]
        effects = self.env["crm.policy.effect"]
        source = {"pricelist": "pricelist_id", "payment_term": "payment_term_id"}
        return {
            "wanted": SQL(", ").join(rows),
            "company": company.id,
            "key": str(company.id),
            "rule": applied.rule,
            "column": SQL.identifier(applied.column),
            "value": SQL(
                "to_jsonb(o.%s)", SQL.identifier(source.get(applied.rule, "number"))
            ),
            "current": effects._get_current(applied, company.id),
            "fallback": effects._get_fallback(applied, company.id),
            "today": fields.Date.context_today(self),
            "user": self.env.uid,
            "chosen_m": self._choose("m", partner_ids),
            "chosen_o": self._choose("o", partner_ids),
            "chosen_e": self._choose("e", partner_ids),
        }

    @api.model
    def _as_column(self, applied, value):
        return SQL("%s::int" if applied.model else "%s::float8", value)

    @api.model
    def _has_traces(self, company, applied):
        """Whether anything was set, or is set by an override, for this rule."""
        where = [("company_id", "=", company.id), ("rule", "=", applied.rule)]
        effects = self.env["crm.policy.effect"].sudo()
        overrides = self.env["crm.policy.override"].sudo()
        granted = [*where, ("state", "=", "granted")]
        return bool(
            effects.search_count(where, 1) or overrides.search_count(granted, 1)
        )

    @api.model
    def _choose(self, alias, partner_ids):
        if partner_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", SQL.identifier(alias, "partner_id"), partner_ids)

    @api.model
    def _plan(self, parts):
        self.env.cr.execute(CREATE)
        self._execute_step(PLAN, parts)
        self.env.cr.execute("ANALYZE crm_policy_step")

    @api.model
    def _carry_out(self, parts):
        for statement in (WRITE, END, CHANGE, BEGIN):
            self._execute_step(statement, parts)

    @api.model
    def _execute_step(self, statement, parts):
        used = {
            name: part for name, part in parts.items() if f"%({name})s" in statement
        }
        self.env.cr.execute(SQL(statement, **used))

    @api.model
    def _invalidate_applied(self):
        names = [name for applied in APPLIED for name in applied.fields]
        self.env["res.partner"].invalidate_model(
            [*names, "write_date", "write_uid"], flush=False
        )
        self.env["crm.policy.effect"].invalidate_model(flush=False)
