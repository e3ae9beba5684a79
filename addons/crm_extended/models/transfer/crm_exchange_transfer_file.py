from odoo import api, fields, models


class ExchangeTransferFile(models.Model):
    """A file that was written or taken: its sum, its rows and what became of it.

    The sum is why a file that comes twice changes nothing.
    """

    _name = "crm.exchange.transfer.file"
    _inherit = ["crm.kept.mixin"]
    _description = "Exchanged File"
    _order = "id desc"

    name = fields.Char(readonly=True)
    run_id = fields.Many2one(
        "crm.exchange.transfer.run",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    transfer_id = fields.Many2one(
        related="run_id.transfer_id", store=True, readonly=True, index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, readonly=True)
    state = fields.Selection(
        [
            ("written", "Written"),
            ("processed", "Read"),
            ("tried", "Tried"),
            ("repeated", "Came Again"),
            ("failed", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    stored_name = fields.Char(
        string="Lies in", readonly=True, help="Folder and name in the place"
    )
    result_name = fields.Char(
        string="Result", readonly=True, help="What became of each row is in this file"
    )
    sha256 = fields.Char(string="SHA-256", readonly=True)
    size = fields.Integer(string="Bytes", readonly=True, aggregator="sum")
    row_count = fields.Integer(string="Rows", readonly=True)
    created_count = fields.Integer(string="Created", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    deferred_count = fields.Integer(string="Deferred", readonly=True)
    conflict_count = fields.Integer(string="Conflicts", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    problem = fields.Char(readonly=True)

    _sum_idx = models.Index("(transfer_id, sha256) WHERE state = 'processed'")

    @api.model
    def _tell_kept(self, labels):
        return self.env._("%(fields)s: only a run writes this.", fields=labels)
