from odoo import api, fields, models


class SourceRecord(models.Model):
    """One customer as one source knows it: its own key there, and the row as received.

    Customers are found again by (source, key), never by name. The hash of the payload
    tells in one comparison whether the source sends anything new.
    """

    _name = "crm.source.record"
    _description = "Source Record"
    _order = "received_at desc, id desc"
    _rec_name = "key"

    source_id = fields.Many2one(
        "crm.source", required=True, readonly=True, ondelete="cascade"
    )
    key = fields.Char(
        required=True, readonly=True, help="The customer's key at the source"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    payload = fields.Json(readonly=True, help="The row as received")
    payload_text = fields.Text(string="As Received", compute="_compute_payload_text")
    accepted = fields.Json(
        readonly=True,
        help="What was made of the row. A later row changes only what differs from it.",
    )
    payload_hash = fields.Char(readonly=True, help="Tells whether anything is new")
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    received_by = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )

    _key_uniq = models.Constraint(
        "UNIQUE (source_id, key)", "This source already has a record with this key."
    )

    @api.depends("payload")
    def _compute_payload_text(self):
        for record in self:
            payload = record.payload if isinstance(record.payload, dict) else {}
            record.payload_text = "\n".join(f"{k}: {v}" for k, v in payload.items())
