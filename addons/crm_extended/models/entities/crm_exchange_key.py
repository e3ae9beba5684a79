from odoo import fields, models
from odoo.exceptions import UserError


class ExchangeKey(models.Model):
    """Which of our records a partner's system means by a key of its own.

    Customers are not here: their keys are those of `crm.source.record`, which merging
    and importing keep. A key outlives its record; it then means nothing until the
    system uses it again.
    """

    _name = "crm.exchange.key"
    _description = "Key at a Partner's System"
    _order = "source_id, entity, key"
    _rec_name = "key"
    _log_access = False  # millions of rows, written by the exchange only

    source_id = fields.Many2one(
        "crm.source", required=True, readonly=True, ondelete="cascade"
    )
    entity = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_entities(),
        required=True,
        readonly=True,
        help="Kind of record",
    )
    key = fields.Char(required=True, readonly=True, help="Its key at the system")
    res_id = fields.Integer(
        string="Record", required=True, readonly=True, aggregator=None
    )

    _key_uniq = models.Constraint(
        "UNIQUE (source_id, entity, key)", "The system already uses this key."
    )
    _record_idx = models.Index("(source_id, entity, res_id)")

    def action_open_record(self):
        """Open the record that the key means.

        :raises UserError: it is no more, or its kind is no longer exchanged
        """
        self.ensure_one()
        entity = self.env["crm.exchange"]._entities().get(self.entity)
        record = entity and self.env[entity.model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("There is no record of it any more."))
        return record._get_records_action()
