from odoo import api, models

from ...identity import engine

AT_ONCE = 1000  # clusters merged by one call


class CrmMatchRun(models.Model):
    """What a run does beyond proposing."""

    _inherit = "crm.match.run"

    def _merge_certain(self):
        """Merge the clusters that are certain, if the rules say so.

        What must not be merged (see `crm.merge`) waits for a person like the rest.

        :return: number of clusters merged
        """
        if not self.setting_id.merge_automatically:
            return 0
        certain = self.env["crm.match"].search(
            [
                ("setting_id", "=", self.setting_id.id),
                ("state", "=", "pending"),
                ("automatic", "=", True),
                ("cluster", "!=", False),
            ]
        )
        merges = self.env["crm.merge"]
        groups = certain._get_groups()
        refused = merges._group_problems(groups)
        groups = [one for place, one in enumerate(groups) if place not in refused]
        reason = self.env._("Certain duplicates, run of %(run)s", run=self.display_name)
        for start in range(0, len(groups), AT_ONCE):
            merges._merge(groups[start : start + AT_ONCE], reason=reason)
        united = {one for target, others in groups for one in (target, *others)}
        done = certain.filtered(lambda match: match.partner_id.id in united)
        if done:
            done._decide("merged", note=reason)
        return len(groups)

    @api.model
    def _run_demo(self):
        """The story's duplicates wait for a decision; without Splink, as on entry."""
        for setting in self.env["crm.match.setting"].search([("active", "=", True)]):
            try:
                engine.require(setting.engine)
            except engine.EngineMissing:
                key = self.env["crm.match.key"]
                while ids := key._refresh():
                    self.env["crm.match"]._match_changed(ids)
            else:
                self.create({"setting_id": setting.id})._run()
