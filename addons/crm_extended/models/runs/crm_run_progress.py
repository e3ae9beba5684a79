from odoo import api, fields, models


class RunProgress(models.Model):
    """How far a run has come, kept beside the run and not in it.

    The run's own transaction may last minutes and is all or nothing. Progress is
    written through a second connection and read by everyone else, so it must never
    touch a row that the run itself will write: one of the two would fail to serialise.
    """

    _name = "crm.run.progress"
    _description = "Progress of a Run"
    _log_access = False

    res_model = fields.Char("Model", required=True)
    res_id = fields.Many2oneReference("Run", model_field="res_model", required=True)
    done = fields.Float(help="Share of the work done, 0 to 100")
    text = fields.Char()
    stop_requested = fields.Boolean()
    reported_at = fields.Datetime()

    _run_uniq = models.Constraint(
        "UNIQUE (res_model, res_id)", "A run has one progress record."
    )

    @api.autovacuum
    def _gc_progress(self):
        """Runs that ended need their progress no longer than a week."""
        old = self.search([("reported_at", "<", "-7d")], limit=1000)
        old.unlink()
        return len(old), len(old)
