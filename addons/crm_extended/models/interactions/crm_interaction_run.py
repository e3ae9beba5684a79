from odoo import api, fields, models


class InteractionRun(models.Model):
    """One pass over all documents that brings the interactions in step with them.

    Needed once, for what happened before the suite came, and after a channel's rule was
    changed. What changes from day to day is followed without it.
    """

    _name = "crm.interaction.run"
    _inherit = "crm.run.mixin"
    _description = "Backfill of Interactions"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    touched = fields.Integer(
        readonly=True, copy=False, help="Interactions made, changed or removed"
    )

    @api.depends("create_date")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Backfill of %(day)s", day=run._get_day_made())

    def _execute(self):
        interactions = self.env["crm.interaction"].sudo()
        interactions._take_turn()
        return {"touched": interactions._backfill(self._report)}

    @api.model
    def _begin_first(self):
        """Queue the first backfill at installation; demo data are ready at once."""
        run = self.create({})
        run.action_start()
