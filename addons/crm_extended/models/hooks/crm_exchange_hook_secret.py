from odoo import fields, models


class ExchangeHookSecret(models.AbstractModel):
    """Shows a secret once: it has no table, so nothing of it is left behind."""

    _name = "crm.exchange.hook.secret"
    _description = "Show the Secret of a Webhook"

    id = fields.Id()  # the form asks for it when it reads the default
    secret = fields.Char(readonly=True)
