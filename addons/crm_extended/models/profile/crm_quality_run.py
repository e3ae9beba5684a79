from odoo import api, fields, models

AT_ONCE = 20_000  # changed customers judged by one go of the frequent job


class CrmQualityRun(models.Model):
    """One look at the data of all customers: as days pass, what is known grows old."""

    _name = "crm.quality.run"
    _inherit = ["crm.run.mixin"]
    _description = "Check of Data Quality"
    _order = "id desc"

    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    fault_count = fields.Integer(string="Open Faults", readonly=True, copy=False)
    score = fields.Float(
        string="Average Score", readonly=True, copy=False, aggregator="avg"
    )

    @api.depends("create_date")
    def _compute_display_name(self):
        for run in self:
            day = fields.Date.to_date(run.create_date)
            run.display_name = self.env._("Check of %(day)s", day=day or "")

    def _execute(self):
        # sudo: the figures are of all companies, each role sees its own
        scores = self.env["crm.quality.score"].sudo()
        scores._forget_others()
        scores._rank_worth()
        ids = scores._find_all()

        def report(done, total):
            text = self.env._(
                "%(done)s of %(total)s customers checked", done=done, total=total
            )
            self._report(done, total * 1.05, text)

        judged = scores._assess(ids, report)
        self.env["crm.quality.day"].sudo()._note()
        [(average,)] = scores._read_group([], aggregates=["score:avg"])
        faults = self.env["crm.quality.fault"].sudo()
        return {
            "customer_count": judged,
            "score": average or 0.0,
            "fault_count": faults.search_count([("state", "=", "open")]),
        }

    @api.model
    def _cron_check(self):
        """Queue the nightly check of everybody."""
        self.create({}).action_start()

    @api.model
    def _cron_check_changed(self):
        """Judge those who were created or written since the last look."""
        scores = self.env["crm.quality.score"].sudo()
        ids = scores._find_changed(limit=AT_ONCE)
        scores._assess(ids)
        if len(ids) == AT_ONCE:
            cron = self.env.ref("crm_extended.ir_cron_check_changed_quality")
            cron.sudo()._trigger()  # the rest at once, in a transaction of its own

    def action_open_faults(self):
        """Open the work list."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_quality_fault"
        )

    @api.autovacuum
    def _gc_runs(self):
        """Runs are a log; three months of it are enough."""
        old = self.search(
            [("create_date", "<", "-90d"), ("state", "not in", ("queued", "running"))],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)
