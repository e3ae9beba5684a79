from odoo import api, fields, models
from odoo.exceptions import UserError

from ...identity import engine


class CrmMatchRun(models.Model):
    """What a run does beyond proposing: a merge run of its own unites what is certain.

    So the merging is whole in parts, goes on where it was cut off, and is undone at
    once. The pairs are closed by the merges, see `crm.match._follow_merges`.
    """

    _inherit = "crm.match.run"

    merge_run_id = fields.Many2one(
        "crm.merge.run", readonly=True, copy=False, index="btree_not_null",
        ondelete="set null", help="Merges what is certain; can be undone as a whole",
    )  # fmt: skip
    merged_count = fields.Integer(
        related="merge_run_id.merged_count", string="Merged by the Run"
    )
    undone_count = fields.Integer(
        related="merge_run_id.undone_count", string="Undone since"
    )

    def _merge_certain(self):
        """Let a merge run unite the clusters that are certain, if the rules say so.

        What must not be merged (see `crm.merge`) waits for a person like the rest, and
        the merge run tells why.

        :return: the `crm.merge.run`, empty where there is nothing to merge
        """
        runs = self.env["crm.merge.run"]
        if not self.setting_id.merge_automatically:
            return runs
        certain = self.env["crm.match"].search(
            [
                ("setting_id", "=", self.setting_id.id),
                ("state", "=", "pending"),
                ("automatic", "=", True),
                ("cluster", "!=", False),
            ]
        )
        groups = certain._get_groups()
        if not groups:
            return runs
        name = self.env._("Certain duplicates: %(run)s", run=self.display_name)
        run = runs._create_run(groups, reason=name, name=name)
        if self._is_in_one_transaction():
            run._run_within()
        else:
            run.action_start()  # begins when the pairs are committed
        return run

    def action_open_merge_run(self):
        """Open the merge run, where its merges are seen and undone."""
        self.ensure_one()
        return self.merge_run_id._get_records_action()

    def action_ask_undo(self):
        """Open the wizard that undoes what the run merged, once it listed what stays.

        :raises UserError: when the run merged nothing
        """
        self.check_access("read")
        if not self.merge_run_id:
            raise UserError(self.env._("This run merged nothing."))
        return self.merge_run_id.action_ask_undo()

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
