from odoo import api, fields, models
from odoo.tools import SQL

from .rules import APPLIED, APPLIED_RULES

BY_RULE = {applied.rule: applied for applied in APPLIED}


class CrmPolicyEffect(models.Model):
    """A field of a customer that a policy set, and what was in it before.

    When no policy decides the field any more, the value before comes back, unless
    somebody changed the field meanwhile: then what that person entered stays.
    """

    _name = "crm.policy.effect"
    _description = "Value Set by a Policy"
    _order = "since desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    rule = fields.Selection(APPLIED_RULES, required=True)
    policy_id = fields.Many2one("crm.policy", index=True, ondelete="cascade")
    override_id = fields.Many2one(
        "crm.policy.override", index="btree_not_null", ondelete="cascade"
    )
    value = fields.Json(help="As the column of the customer has it")
    before = fields.Json(help="The customer's own value; empty where it had none")
    since = fields.Datetime(required=True)
    value_text = fields.Char(string="Set To", compute="_compute_texts")
    before_text = fields.Char(string="Was", compute="_compute_texts")

    _rule_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id, rule)",
        "A field of a customer is set by one policy.",
    )
    _company_idx = models.Index("(company_id, rule)")

    @api.depends("rule", "value", "before")
    @api.depends_context("lang")
    def _compute_texts(self):
        for rule, effects in self.grouped("rule").items():
            values = {_own(v) for e in effects for v in (e.value, e.before)}
            words = self._tell_values(rule, values)
            for effect in effects:
                effect.value_text = words[_own(effect.value)]
                effect.before_text = words[_own(effect.before)]

    @api.depends("rule", "partner_id", "policy_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        rules = dict(self._fields["rule"]._description_selection(self.env))
        for effect in self:
            effect.display_name = f"{effect.partner_id.name}: {rules.get(effect.rule)}"

    @api.model
    def _tell_values(self, rule, values):
        """{value: words} of values as the column of `rule` has them."""
        model = BY_RULE[rule].model
        if not model:
            return {
                value: self.env._("None") if value is None else f"{float(value):,.2f}"
                for value in values
            }
        # sudo: the name of a price list or term that is set on a visible customer
        ids = [value for value in values if value]
        records = self.env[model].sudo().browse(ids).exists()
        names = {record.id: record.display_name for record in records}
        return {
            value: names.get(value, self.env._("Deleted"))
            if value
            else self.env._("None")
            for value in values
        }

    @api.model
    def _get_current(self, applied, company_id):
        """SQL: what the column of a rule says now for the customer `p`."""
        fallback = self._get_fallback(applied, company_id)
        return SQL(
            "COALESCE(p.%s -> %s, %s, 'null'::jsonb)",
            SQL.identifier(applied.column),
            str(company_id),
            fallback,
        )

    @api.model
    def _get_fallback(self, applied, company_id):
        """SQL: the value of customers that have none of their own."""
        defaults = self.env["ir.default"].sudo()
        return SQL(
            "%s::jsonb -> %s",
            defaults._get_field_column_fallbacks("res.partner", applied.column),
            str(company_id),
        )

    def _take_back(self):
        """Count what a person entered as the policy's, so that it is set anew.

        What was before the policy stays known.
        """
        self.env.flush_all()
        for (rule, company), effects in self.grouped(
            lambda e: (e.rule, e.company_id)
        ).items():
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_policy_effect e SET value = %s FROM res_partner p "
                    "WHERE p.id = e.partner_id AND e.id IN %s",
                    self._get_current(BY_RULE[rule], company.id),
                    tuple(effects.ids),
                )
            )
        self.invalidate_model(flush=False)


def _own(value):
    """What a JSON field gives, with nothing told from zero."""
    return None if value is False else value
