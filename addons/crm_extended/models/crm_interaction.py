from odoo import fields, models

CHANNELS = [
    ("mail", "E-mail"),
    ("call", "Call"),
    ("meeting", "Meeting"),
    ("chat", "Chat"),
    ("sms", "SMS"),
    ("visit", "Visit"),
    ("portal", "Portal"),
    ("web", "Web"),
    ("order", "Order"),
    ("payment", "Payment"),
    ("case", "Case"),
    ("survey", "Survey"),
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
        [("in", "From Customer"), ("out", "To Customer"), ("internal", "Internal")],
        required=True,
        default="in",
    )
    channel = fields.Selection(CHANNELS, required=True, default="other")
    user_id = fields.Many2one("res.users", string="Handled by", index="btree_not_null")
    subject = fields.Char()
    summary = fields.Text()
    outcome = fields.Char()
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    company_id = fields.Many2one("res.company")
    message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")

    _partner_date_idx = models.Index("(partner_id, date DESC)")
    _date_idx = models.Index("(date DESC)")
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _message_uniq = models.UniqueIndex(
        "(message_id, partner_id) WHERE message_id IS NOT NULL",
        "This message is already among the customer's interactions.",
    )
