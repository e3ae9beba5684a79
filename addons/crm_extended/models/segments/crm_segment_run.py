from odoo import api, fields, models
from odoo.fields import Domain


class CrmSegmentRun(models.Model):
    """One refresh of segments: who came, who left, what could not be done."""

    _name = "crm.segment.run"
    _inherit = ["crm.run.mixin"]
    _description = "Segment Refresh"
    _order = "id desc"

    segment_ids = fields.Many2many(
        "crm.segment", string="Segments", help="All segments, if none are chosen"
    )
    on_date = fields.Date(
        string="For the Day", help="Day of entering and leaving; empty means today"
    )
    only_changed = fields.Boolean(
        string="Only What Changed",
        help="Decides anew for customers about whom something changed since the last "
        "refresh. Otherwise everybody is looked at.",
    )
    everybody_count = fields.Integer(
        string="Looked at Everybody",
        readonly=True,
        copy=False,
        help="Segments whose definition does not allow to look at changes only",
    )
    segment_count = fields.Integer(string="Refreshed", readonly=True, copy=False)
    entered = fields.Integer(readonly=True, copy=False)
    left = fields.Integer(readonly=True, copy=False)
    member_count = fields.Integer(string="Members", readonly=True, copy=False)
    problem_count = fields.Integer(
        string="Problems",
        readonly=True,
        copy=False,
        help="Segments whose definition could not be used; they kept their members",
    )

    @api.depends("create_date")
    def _compute_display_name(self):
        for run in self:
            day = run.on_date or fields.Date.to_date(run.create_date)
            run.display_name = self.env._("Refresh of %(day)s", day=day or "")

    def _execute(self):
        segments = self.env["crm.segment"]
        if self.only_changed and not self.segment_ids:
            counts = segments._refresh_changed(self.on_date, report=self._report)
        else:
            chosen = self.segment_ids or None
            counts = segments._refresh(chosen, self.on_date, report=self._report)
        return {
            "segment_count": counts["segments"],
            "everybody_count": counts.get("everybody", counts["segments"]),
            "problem_count": counts["problems"],
            "entered": counts["entered"],
            "left": counts["left"],
            "member_count": counts.get("members", 0),
        }

    def action_open_problems(self):
        """Open the segments whose definition must be mended."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_segment"
        )
        return {**action, "domain": [("problem", "!=", False)], "context": {}}

    @api.model
    def _cron_refresh(self):
        """Queue the nightly refresh of all segments."""
        self.create({}).action_start()

    @api.model
    def _cron_refresh_changed(self):
        """Queue a refresh of what changed, unless one is waiting already."""
        waiting = self.search([("state", "in", ("queued", "running"))])
        if not waiting._get_working():
            self.create({"only_changed": True}).action_start()

    @api.autovacuum
    def _gc_runs(self):
        """Runs are a log: three months of the nights, a week of the days between."""
        ended = Domain("state", "not in", ("queued", "running"))
        old = Domain("create_date", "<", "-90d")
        old |= Domain("create_date", "<", "-7d") & Domain("only_changed", "=", True)
        old = self.search(ended & old, limit=1000)
        old.unlink()
        return len(old), len(old)
