from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.clients.crm_exchange_credential import KEY_DAYS


class ExchangeKeyDialog(models.TransientModel):
    """Makes a key for a client, and shows it once."""

    _name = "crm.exchange.key.dialog"
    _description = "New Exchange Key"

    client_id = fields.Many2one(
        "crm.exchange.client", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(
        string="Label", required=True, help="What it is for, e.g. Night import 2026"
    )
    expires_at = fields.Datetime(
        string="Expires",
        required=True,
        default=lambda self: self._default_expires_at(),
        help="One year at most. Make the next key before: both work meanwhile.",
    )
    replaced_id = fields.Many2one(
        "crm.exchange.credential",
        string="Replaces",
        readonly=True,
        ondelete="cascade",
        help="The new key gets the same scope. The old one works until you revoke it.",
    )
    is_narrow = fields.Boolean(
        string="Scope of Its Own",
        help="Say after making it, on the key itself, what it may do. Until then it "
        "may do nothing.",
    )

    @api.model
    def _default_expires_at(self):
        return fields.Datetime.now() + timedelta(days=KEY_DAYS)

    def action_make(self):
        self.ensure_one()
        client = self.client_id
        client.check_access("write")
        client._check_may_have_key()
        if self.expires_at <= fields.Datetime.now():
            raise UserError(
                self.env._("The key would have expired already: choose a later day.")
            )
        old = self.replaced_id if self.replaced_id.client_id == client else None
        key, made = self.env["crm.exchange.credential"]._issue(
            client, self.name, self.expires_at
        )
        if old and old.is_narrow:
            scopes = [
                Command.create({**scope.copy_data()[0], "credential_id": False})
                for scope in old.scope_ids
            ]
            made.write({"is_narrow": True, "scope_ids": scopes})
        else:
            made.is_narrow = self.is_narrow
        return client._show_key(key)
