from odoo import api, fields, models

from ...exchange import call as calls
from ...exchange.errors import ExchangeError


class ExchangeJob(models.Model):
    """A bulk job stays within the scope of the key that opened it."""

    _inherit = "crm.exchange.job"

    credential_ref = fields.Integer(
        string="Key", readonly=True, aggregator=None, help="That opened the job"
    )

    @api.model
    def _open(self, client, job_id, mode, policy, dry_run):
        known = self.sudo().search_count(
            [("client_id", "=", client.id), ("job_id", "=", job_id)]
        )
        job = super()._open(client, job_id, mode, policy, dry_run)
        if not known:
            job.sudo().credential_ref = self.env["crm.exchange"]._credential().id
        return self._find(client, job_id)

    @api.model
    def _find(self, client, job_id):
        """:raises ExchangeError: `unknown_job` for a narrow key and another's job"""
        job = super()._find(client, job_id)
        key = self.env["crm.exchange"]._credential()
        opened_by = job.sudo().credential_ref
        if job and key.is_narrow and opened_by and opened_by != key.id:
            raise ExchangeError(
                "unknown_job", "There is no such job.", path="job_id", got=job_id
            )
        return job

    def _may_go_on(self):
        key = self.env["crm.exchange.credential"].browse(self.credential_ref or ())
        return super()._may_go_on() and not key.sudo().exists().revoked_at

    def _execute(self):
        with calls.acting(self.credential_ref):
            return super()._execute()
