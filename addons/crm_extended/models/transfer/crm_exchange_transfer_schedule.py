from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class ExchangeTransfer(models.Model):
    """When a transfer runs, and starting it."""

    _inherit = "crm.exchange.transfer"

    def _get_zone(self):
        zone = self.company_id.sudo().partner_id.tz or self.create_uid.sudo().tz
        return pytz.timezone(zone or "UTC")

    def _get_next(self, after):
        """The next time after a moment, at the same o'clock when clocks change."""
        zone = self._get_zone()
        step = relativedelta(**{self.interval_type: self.interval_number})
        at = self.next_at or after
        if self.interval_type in ("minutes", "hours"):
            seconds = timedelta(**{self.interval_type: 1}) * self.interval_number
            missed = max((after - at) // seconds, 0)
            return at + seconds * (missed + 1)
        local = pytz.utc.localize(at).astimezone(zone).replace(tzinfo=None)
        while True:
            local += step
            moment = zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)
            if moment > after:
                return moment

    @api.model
    def _cron_start_due(self):
        """Start every transfer whose time has come; one that still works is skipped."""
        now = fields.Datetime.now()
        due = self.search(
            [
                ("next_at", "<=", now),
                ("interval_type", "!=", "never"),
                ("client_id.active", "=", True),
                ("place_id.active", "=", True),
            ]
        )
        for transfer in due:
            transfer.next_at = transfer._get_next(now)
        due._start()

    def _start(self):
        """Queue a run for each that has none at work; returns all runs at work."""
        runs = self.env["crm.exchange.transfer.run"]
        claimed = runs.search(
            [("transfer_id", "in", self.ids), ("state", "in", ("queued", "running"))]
        )
        working = claimed._get_working()
        free = self - working.transfer_id
        started = runs.create([{"transfer_id": transfer.id} for transfer in free])
        started.action_start()
        return working | started

    # ------------------------------------------------------------------ buttons

    def action_start(self):
        """Start now, beside the schedule, and show the run."""
        self.check_access("write")
        runs = self._start()
        action = self.action_open_runs()
        if len(runs) == 1:
            action |= {"views": [(False, "form")], "res_id": runs.id}
        return action

    def action_open_runs(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_exchange_transfer_run"
        )
        return {**action, "domain": [("transfer_id", "in", self.ids)], "context": {}}

    def action_start_over(self):
        """Forget how far changes were written: the next file holds everything."""
        self.check_access("write")
        for transfer in self:
            self.env["crm.exchange.transfer.mark"]._forget(transfer)
        self.invalidate_recordset(["position_at"])
        return True
