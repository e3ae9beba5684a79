from odoo import api, fields, models
from odoo.exceptions import UserError

from .crm_retention_rule import SAMPLE

PART = 1000


class RetentionRun(models.Model):
    """One time that a rule was tried or carried out: what it found and did."""

    _name = "crm.retention.run"
    _inherit = "crm.run.mixin"
    _description = "Retention Run"
    _order = "id desc"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        "crm.retention.rule", required=True, index=True, ondelete="cascade"
    )
    dry_run = fields.Boolean(string="Trial", help="Counts only, changes nothing")
    due_count = fields.Integer(string="Over", readonly=True, copy=False)
    done_count = fields.Integer(string="Done", readonly=True, copy=False)
    sample = fields.Text(
        readonly=True, copy=False, help="Some of the records, to see what is meant"
    )
    erasure_id = fields.Many2one("crm.erasure", readonly=True, copy=False)
    company_id = fields.Many2one(
        related="rule_id.company_id", store=True, precompute=True, readonly=True
    )

    def _check_startable(self):
        for run in self:
            if not run.dry_run and run.rule_id.state != "active":
                raise UserError(
                    self.env._(
                        "Rule %(rule)s is not switched on.", rule=run.rule_id.name
                    )
                )

    def _execute(self):
        """Find what is over and, unless on trial, do what the rule says."""
        self.ensure_one()
        self._check_startable()
        rule = self.rule_id.sudo()
        due = rule._find_due()
        outcome = {"due_count": len(due), "done_count": 0, "sample": False}
        if self.dry_run:
            rule.tried_at = fields.Datetime.now()
            return {**outcome, "sample": self._get_sample(due)}
        if due:
            outcome.update(getattr(self, f"_do_{rule.action}")(due))
        return outcome

    @api.model
    def _get_sample(self, due):
        kind = self.env["ir.model"]._get(due._name).name
        # messages and contacts may have no name
        names = [row.display_name or f"{kind} {row.id}" for row in due[:SAMPLE]]
        return "\n".join(names) or False

    def _do_erase(self, due):
        erasure = self.env["crm.erasure"].sudo()
        rule = self.rule_id
        erasure = erasure.create(
            {
                "partner_ids": due.ids,
                "reason": "retention",
                "note": rule.summary,
                "suppress": rule.suppress,
                "company_id": rule.company_id.id,
            }
        )
        debtors = erasure._get_debtors(erasure._get_persons())
        if debtors:
            erasure.partner_ids -= debtors
        if erasure.partner_ids:
            erasure._run_within()
        return {"done_count": len(erasure.partner_ids), "erasure_id": erasure.id}

    def _do_anonymise(self, due):
        steps = self.env["crm.erasure"].sudo()
        steps._erase_rows(due._name, {"detach": set(due.ids)})
        return {"done_count": len(due)}

    def _do_archive(self, due):
        for done in range(0, len(due), PART):
            due[done : done + PART].action_archive()
            self._report(done, len(due))
        return {"done_count": len(due)}

    def _do_delete(self, due):
        for done in range(0, len(due), PART):
            due[done : done + PART].unlink()
            self._report(done, len(due))
        return {"done_count": len(due)}

    def _open(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_retention_run"
        )
        if len(self) == 1:
            return {
                **action,
                "res_id": self.id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        return action
