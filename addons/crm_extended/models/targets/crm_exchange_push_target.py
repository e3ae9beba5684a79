from odoo import api, models
from odoo.exceptions import UserError

_STEPS = {"agreed": "action_agree", "cancelled": "action_cancel"}


class ExchangePushTarget(models.AbstractModel):
    """Targets of a planning system go through the steps that our managers use."""

    _inherit = "crm.exchange"

    @api.model
    def _push_values_target(self, client, rows):
        """Status is a step that comes after; a version counts those before it."""
        prepared = self._push_values(client, rows)
        for row, vals in zip(rows, prepared, strict=True):
            vals.pop("state", None)
            if not row.res_id:
                vals["company_id"] = client.company_id.id
        replaced = self.env["crm.target"].browse(
            {vals["previous_id"] for vals in prepared if vals.get("previous_id")}
        )
        versions = {target.id: target.version for target in replaced}
        for vals in prepared:
            if vals.get("previous_id"):
                vals["version"] = versions[vals["previous_id"]] + 1
        return prepared

    @api.model
    def _push_after_target(self, client, targets, rows):
        wanted = {}
        for target, row in zip(targets, rows, strict=True):
            status = row.values.get("status")
            if status and status != target.state:
                wanted.setdefault(status, []).append(target.id)
        for status, ids in wanted.items():
            step = _STEPS.get(status)
            if not step:
                raise UserError(
                    self.env._("A target does not become “%(status)s”.", status=status)
                )
            getattr(targets.browse(ids), step)()
