from odoo import api, fields, models
from odoo.tools import SQL

from .rules import APPLIED_RULES

ACTIONS = [
    ("set", "Is Set"),
    ("change", "Changes"),
    ("restore", "Gets Back"),
    ("leave", "Stays as Entered"),
    ("kept", "Entered by Hand, Kept"),
]
WORDS = "SELECT DISTINCT now FROM crm_policy_step UNION SELECT new FROM crm_policy_step"
KEEP = """
    INSERT INTO crm_policy_change
           (run_id, partner_id, company_id, rule, action, policy_id, override_id,
            value_from, value_to)
    SELECT %(run)s, s.partner_id, %(company)s, %(rule)s, s.action, s.policy_id,
           s.override_id, was.word,
           CASE WHEN s.action IN ('kept', 'leave') THEN was.word ELSE becomes.word END
      FROM crm_policy_step s
      LEFT JOIN (VALUES %(words)s) AS was (value, word) ON was.value = s.now
      LEFT JOIN (VALUES %(words)s) AS becomes (value, word) ON becomes.value = s.new
"""


class CrmPolicyChange(models.Model):
    """One value of one customer that a run of policies changes, or would change."""

    _name = "crm.policy.change"
    _description = "Change by a Policy"
    _order = "id"
    _log_access = False

    run_id = fields.Many2one(
        "crm.policy.run", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", ondelete="cascade")
    rule = fields.Selection(APPLIED_RULES, required=True)
    action = fields.Selection(ACTIONS, required=True)
    policy_id = fields.Many2one("crm.policy", ondelete="set null")
    override_id = fields.Many2one("crm.policy.override", ondelete="set null")
    value_from = fields.Char(string="From")
    value_to = fields.Char(string="To")

    @api.depends("partner_id", "rule")
    @api.depends_context("lang")
    def _compute_display_name(self):
        rules = dict(self._fields["rule"]._description_selection(self.env))
        for change in self:
            change.display_name = f"{change.partner_id.name}: {rules.get(change.rule)}"

    @api.model
    def _keep_steps(self, run, company, applied):
        """Keep the steps that lie in `crm_policy_step`, their values in words."""
        values = [value for (value,) in self.env.execute_query(SQL(WORDS))]
        if not values:
            return
        words = self.env["crm.policy.effect"]._tell_values(applied.rule, values)
        rows = SQL(", ").join(
            SQL("(to_jsonb(%s), %s)", SQL("%s::float8", value), word)
            if value is not None
            else SQL("('null'::jsonb, %s)", word)
            for value, word in words.items()
        )
        self.env.cr.execute(
            SQL(KEEP, run=run.id, company=company.id, rule=applied.rule, words=rows)
        )
        self.invalidate_model(flush=False)
