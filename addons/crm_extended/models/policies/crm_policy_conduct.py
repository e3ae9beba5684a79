from datetime import date

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...conduct.authority import Authority
from ...conduct.contact import Way
from ...conduct.resolve import Policy, resolve

# Who is in a segment that has a policy, and what was allowed to whom beside it
KNOWN = """
    SELECT m.partner_id, m.segment_id, m.valid_from, NULL::int, NULL::varchar,
           NULL::int, NULL::int, NULL::float8, FALSE
      FROM crm_segment_member m
     WHERE m.partner_id = ANY(%(partners)s) AND m.segment_id = ANY(%(segments)s)
       AND m.valid_to IS NULL AND (m.company_id IS NULL OR m.company_id = %(company)s)
    UNION ALL
    SELECT o.partner_id, NULL, o.date_from, o.id, o.rule, o.pricelist_id,
           o.payment_term_id, o.number, o.suspends
      FROM crm_policy_override o
     WHERE o.partner_id = ANY(%(partners)s) AND o.state = 'granted'
       AND o.company_id = %(company)s AND o.date_from <= %(today)s
       AND (o.date_to IS NULL OR o.date_to >= %(today)s)
     ORDER BY 4 NULLS FIRST
"""


class CrmPolicy(models.Model):
    """What holds for a customer: one query, and none where no policy is active."""

    _inherit = "crm.policy"

    @api.model
    def _conduct(self, partners, company, team=None):
        """What the policies decide for customers, in one indexed query.

        :param partners: `res.partner`; contact persons have what their company has
        :return: {commercial partner id: {rule: `Decision`}}; the override of a decision
            is the id of a `crm.policy.override`. Empty where nobody decides anything
        """
        policies = self._get_rules()
        owners = partners.sudo().commercial_partner_id
        if not policies or not owners:
            return {}
        segments, overrides, _since = self._find_known(owners.ids, company)
        team_id = team.id if team else None
        found = {}
        for owner in owners.ids:
            decisions = resolve(
                policies,
                segments.get(owner, {}),
                company.id,
                team_id,
                overrides.get(owner),
            )
            if decisions:
                found[owner] = decisions
        return found

    @api.model
    def _conduct_of(self, partner, company, team=None):
        """{rule: `Decision`} of one customer."""
        owner = partner.sudo().commercial_partner_id
        return self._conduct(owner, company, team).get(owner.id, {})

    @api.model
    def _find_known(self, partner_ids, company):
        """:return: ({partner: {segment: since}}, {partner: {rule: (override, value)}},
        {override: since})"""
        self.env["crm.policy.override"].flush_model()
        segments, overrides, since = {}, {}, {}
        rows = self.env.execute_query(
            SQL(
                KNOWN,
                partners=[i for i in partner_ids if isinstance(i, int)],
                segments=list({policy.segment_id for policy in self._get_rules()}),
                company=company.id,
                today=fields.Date.context_today(self),
            )
        )
        for partner, segment, day, override, rule, pricelist, term, number, off in rows:
            if segment:
                segments.setdefault(partner, {})[segment] = day
                continue
            value = {"pricelist": pricelist, "payment_term": term}.get(rule, number)
            overrides.setdefault(partner, {})[rule] = (override, None if off else value)
            since[override] = day
        return segments, overrides, since

    @api.model
    @tools.ormcache()
    def _get_rules(self):
        """The active policies as plain values, for `conduct`; kept in memory."""
        active = self.sudo().search([("state", "=", "active")])
        return tuple(policy._to_conduct() for policy in active)

    @api.model
    def _forget_rules(self):
        self.env.registry.clear_cache()

    def _to_conduct(self):
        """This version as `conduct.resolve.Policy`."""
        self.ensure_one()
        policy = self.sudo().with_context(lang=None)
        return Policy(
            policy.id,
            policy.name,
            policy.segment_id.id,
            policy.sequence,
            policy.company_id.id or None,
            policy.team_id.id or None,
            policy._get_values(),
            {line.rule: line.sequence for line in policy.precedence_ids},
        )

    def _get_values(self):
        """{rule: value} of what this version decides."""
        stated = {
            "pricelist": self.pricelist_id.id,
            "payment_term": self.payment_term_id.id,
            "delivery_priority": self.delivery_priority,
            "delivery_days": self.delivery_days,
            "response_hours": self.response_hours,
            "resolution_hours": self.resolution_hours,
            "work_priority": self.work_priority,
            "ways": tuple(
                Way(
                    way.channel_id.code,
                    way.stance,
                    way.hour_from,
                    way.hour_to,
                    way.workdays,
                )
                for way in self.way_ids
            ),
            "contact_cap": self.contact_cap
            and (self.contact_cap, self.contact_cap_days),
            "authority": tuple(
                Authority(line.kind, line.group_id.id, line.amount)
                for line in self.authority_ids
            ),
            "plans": tuple(
                (line.phase, line.plan_id.id, line.user_id.id or None)
                for line in self.plan_ids
            ),
            "escalation": self.escalate_hours
            and (self.escalate_hours, self.escalate_user_id.id),
            "greeting": bool(self.greeting),
            "offer_text": not tools.is_html_empty(self.offer_text),
        }
        values = {rule: value for rule, value in stated.items() if value}
        if self.limits_discount:
            values["max_discount"] = self.max_discount
        if self.limits_credit:
            values["credit_limit"] = self.credit_limit
        return values

    @api.model
    def _since(self, decision, segments, overrides_since):
        """The day since which a decision holds for one customer.

        :param segments: {segment: since} of the customer
        """
        if decision.override:
            return overrides_since.get(decision.override)
        active = self.sudo().browse(decision.policy.id).activated_at
        days = [
            segments.get(decision.policy.segment_id),
            active and active.date(),
        ]
        return max((day for day in days if isinstance(day, date)), default=False)
