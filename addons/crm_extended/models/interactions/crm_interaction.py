from odoo import api, fields, models

CHANNELS = [
    ("mail", "E-mail"),
    ("call", "Call"),
    ("meeting", "Meeting"),
    ("chat", "Chat"),
    ("sms", "SMS"),
    ("visit", "Visit"),
    ("portal", "Portal"),
    ("web", "Web"),
    ("lead", "Opportunity"),
    ("order", "Order"),
    ("invoice", "Invoice"),
    ("payment", "Payment"),
    ("case", "Case"),
    ("survey", "Survey"),
    ("campaign", "Campaign"),
    ("other", "Other"),
]


class CrmInteraction(models.Model):
    """One contact with a customer, in either direction, on any channel.

    The table is narrow on purpose: tens of millions of rows are expected, and the
    customer's picture is one indexed query over them. The document keeps the details
    under its own access rules.
    """

    _name = "crm.interaction"
    _description = "Interaction"
    _order = "date desc, id desc"
    _rec_name = "subject"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing"), ("internal", "Internal")],
        required=True,
        default="in",
    )
    channel = fields.Selection(CHANNELS, required=True, default="other")
    user_id = fields.Many2one("res.users", string="Handled By", index="btree_not_null")
    subject = fields.Char()
    summary = fields.Text(help="What was said, in a few words")
    outcome = fields.Char(help="What came of it: Order placed, Will think about it")
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    company_id = fields.Many2one("res.company")
    amount = fields.Monetary(readonly=True, aggregator=None)
    currency_id = fields.Many2one("res.currency", readonly=True)
    # A mail that is deleted takes its subject out of the picture.
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="cascade")
    kind = fields.Char(
        readonly=True, help="What made the interaction; empty: a person or a mail"
    )
    origin_id = fields.Integer(
        readonly=True, aggregator=None, help="The document that made it, by its kind"
    )

    _partner_date_idx = models.Index("(partner_id, date DESC, id DESC)")
    _date_idx = models.Index("(date DESC)")
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    # One message to two customers is an interaction of each.
    _message_uniq = models.UniqueIndex(
        "(message_id, partner_id) WHERE message_id IS NOT NULL",
        "This message is already among the customer's interactions.",
    )

    # One document is one interaction of each of its customers.
    _origin_uniq = models.UniqueIndex(
        "(kind, origin_id, partner_id) WHERE kind IS NOT NULL",
        "This document is already among the customer's interactions.",
    )

    @api.depends("subject", "channel", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for interaction in self:
            interaction.display_name = interaction.subject or self.env._(
                "%(channel)s with %(customer)s",
                channel=channels.get(interaction.channel, ""),
                customer=interaction.partner_id.name or "",
            )

    def action_open_document(self):
        """Open what the interaction was about, if the reader may see it."""
        self.ensure_one()
        model, res_id = self.res_model, self.res_id
        record = self.env[model].browse(res_id).exists() if model in self.env else None
        if not record:
            return self._tell(self.env._("The document does not exist any more."))
        if not record.has_access("read"):
            return self._tell(self.env._("You have no access to the document."))
        return record.get_formview_action()

    # ------------------------------------------------------------------ private

    @api.model
    def _tell(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "warning"},
        }
