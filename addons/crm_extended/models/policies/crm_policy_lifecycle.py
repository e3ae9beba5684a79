from odoo import models
from odoo.exceptions import UserError


class CrmPolicy(models.Model):
    """The steps of a policy: new version, preview, activate, undo, withdraw."""

    _inherit = "crm.policy"

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        if not (default or {}).get("name"):
            for policy, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(name)s (copy)", name=policy.name)
        return vals_list

    def action_revise(self):
        """Open the next version as a draft; make it if there is none yet."""
        self.ensure_one()
        self.check_access("write")
        draft = self.draft_id
        if not draft:
            newest = max(self.history_ids.mapped("version"), default=self.version)
            [vals] = self.copy_data({"name": self.name})
            draft = self.create(vals)
            draft.sudo().write({"version": newest + 1, "root_id": self.root_id.id})
            self.copy_translations(draft)
        return draft._open_form()

    def action_preview(self):
        """Work out who would change, and open it."""
        return self._start_run("preview")

    def action_activate(self):
        """Let the draft take effect; the version before is replaced."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(
                self.env._(
                    "Say why %(policy)s is activated: fill in “Why”.",
                    policy=self.display_name,
                )
            )
        return self._start_run("activate")

    def action_withdraw(self):
        """End the policy; customers get back what they had before."""
        return self._start_run("withdraw")

    def action_undo(self):
        """Take the activation back: the version before holds again, if there is one."""
        return self._start_run("undo")

    def action_open_members(self):
        """Open the customers of the policy's segment."""
        return self.segment_id.action_open_members()

    def action_open_effects(self):
        """Open the values that this policy set."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_policy_effect"
        )
        return {**action, "domain": [("policy_id", "=", self.id)]}

    def _start_run(self, kind):
        self.ensure_one()
        self.check_access("write")
        run = self.env["crm.policy.run"].create({"kind": kind, "policy_id": self.id})
        run.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.policy.run",
            "res_id": run.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
