from odoo import api, fields, models
from odoo.tools import SQL

RECENT_DAYS = 7  # a phase that began before is no change any more
# A customer entered a phase while a policy with a plan for it was active
FRESH = """
    SELECT l.partner_id, l.company_id, l.phase, l.valid_from
      FROM crm_lifecycle l
      JOIN res_partner p ON p.id = l.partner_id AND p.active
     WHERE l.valid_to IS NULL AND l.phase = ANY(%(phases)s)
       AND l.valid_from >= %(since)s
       AND NOT EXISTS (
           SELECT FROM crm_policy_launch d
            WHERE d.partner_id = l.partner_id AND d.company_id = l.company_id
              AND d.valid_from = l.valid_from)
     ORDER BY l.company_id, l.partner_id
"""


class CrmPolicyLaunch(models.Model):
    """The plan that was begun for a customer who entered a phase, once per stay."""

    _name = "crm.policy.launch"
    _description = "Plan Begun by a Policy"
    _order = "id desc"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    policy_id = fields.Many2one("crm.policy", index=True, ondelete="cascade")
    plan_id = fields.Many2one("mail.activity.plan", ondelete="set null")
    valid_from = fields.Date(string="Phase Since", required=True)

    _stay_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id, valid_from)",
        "The plan of this phase was begun already.",
    )

    @api.model
    def _launch(self):
        """Begin the plans of customers who entered a phase lately.

        :return: number of plans begun
        """
        policies = self.env["crm.policy"]
        lines = [
            line
            for policy in policies._get_rules()
            for line in policy.rules.get("plans", ())
        ]
        if not lines:
            return 0
        self.env.flush_all()
        since = fields.Date.subtract(fields.Date.context_today(self), days=RECENT_DAYS)
        rows = self.env.execute_query(
            SQL(FRESH, phases=list({line[0] for line in lines}), since=since)
        )
        by_company = {}
        for partner, company, phase, day in rows:
            by_company.setdefault(company, []).append((partner, phase, day))
        launches, activities = [], []
        for company_id, stays in by_company.items():
            company = self.env["res.company"].browse(company_id)
            self._collect(company, stays, launches, activities)
        self.create(launches)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            activities
        )
        return len(launches)

    @api.model
    def _collect(self, company, stays, launches, activities):
        """Add the launches and activities of customers of one company."""
        policies = self.env["crm.policy"].sudo()
        partners = self.env["res.partner"].browse([stay[0] for stay in stays])
        conduct = policies._conduct(partners, company)
        for partner_id, phase, day in stays:
            decision = conduct.get(partner_id, {}).get("plans")
            if not decision or not decision.policy:
                continue
            active = policies.browse(decision.policy.id).activated_at
            if not active or day < active.date():
                continue
            for wanted, plan_id, user_id in decision.value:
                if wanted != phase:
                    continue
                plan = self.env["mail.activity.plan"].browse(plan_id)
                partner = partners.browse(partner_id)
                launches.append(
                    {
                        "partner_id": partner_id,
                        "company_id": company.id,
                        "policy_id": decision.policy.id,
                        "plan_id": plan_id,
                        "valid_from": day,
                    }
                )
                activities += self._prepare_activities(plan, partner, user_id, day)
                break

    @api.model
    def _prepare_activities(self, plan, partner, user_id, day):
        model_id = self.env["ir.model"]._get_id("res.partner")
        someone = partner.user_id.id or user_id or self.env.uid
        return [
            {
                "res_model_id": model_id,
                "res_id": partner.id,
                "activity_type_id": step.activity_type_id.id,
                "summary": step.summary,
                "note": step.note,
                "user_id": step.responsible_id.id or someone,
                "date_deadline": step._get_date_deadline(day),
            }
            for step in plan.template_ids
        ]
