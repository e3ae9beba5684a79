from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

KEY_DAYS = 365
SHOWN = 4  # characters of a key by which people tell keys apart
PREFIX = 8  # characters that Odoo stores in clear, to find the hash

_ADOPT = """
INSERT INTO crm_exchange_credential (name, client_id, company_id, apikey_id, hint,
                                     expires_at, create_date, create_uid)
SELECT k.name, c.id, c.company_id, k.id, left(k.index, %s), k.expiration_date,
       k.create_date, 1
  FROM res_users_apikeys k JOIN crm_exchange_client c ON c.user_id = k.user_id
 WHERE NOT EXISTS (SELECT FROM crm_exchange_credential x WHERE x.apikey_id = k.id)
"""


class ExchangeCredential(models.Model):
    """A key with which a partner's system signs in, and what became of it.

    The key itself is shown once and stored by Odoo as a hash. This record says who
    made it, when it was last used, until when it works and whether it was revoked; it
    stays after the key is gone. A key may have a scope of its own, which only narrows
    that of its client. All of it is checked at every call.
    """

    _name = "crm.exchange.credential"
    _inherit = ["crm.kept.mixin"]
    _description = "Exchange Key"
    _order = "id desc"

    name = fields.Char(
        string="Label", required=True, help="What it is for, e.g. Night import 2026"
    )
    client_id = fields.Many2one(
        "crm.exchange.client",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="client_id.company_id", store=True, readonly=True
    )
    apikey_id = fields.Integer(string="Odoo's Key", readonly=True, index=True)
    hint = fields.Char(string="Begins with", readonly=True)
    expires_at = fields.Datetime(
        string="Expires", help="From then on the key is refused. Empty: never."
    )
    revoked_at = fields.Datetime(string="Revoked", readonly=True)
    revoked_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    last_used = fields.Datetime(readonly=True, help="Noted once a minute at most")
    is_narrow = fields.Boolean(
        string="Scope of Its Own",
        help="The key may do only what is both in its own scope and in that of the "
        "client. Without scopes of its own it may then do nothing.",
    )
    scope_ids = fields.One2many("crm.exchange.scope", "credential_id", string="Scopes")
    state = fields.Selection(
        [("live", "Live"), ("expired", "Expired"), ("revoked", "Revoked")],
        compute="_compute_state",
        search="_search_state",
    )

    def init(self):
        """Keys made before they had records get one, else they would be refused."""
        self.env.cr.execute(_ADOPT, [SHOWN])

    @api.depends("revoked_at", "expires_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for key in self:
            if key.revoked_at:
                key.state = "revoked"
            elif key.expires_at and key.expires_at <= now:
                key.state = "expired"
            else:
                key.state = "live"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        live = ["|", ("expires_at", "=", False), ("expires_at", ">", now)]
        domains = {
            "live": [("revoked_at", "=", False), *live],
            "expired": [("revoked_at", "=", False), ("expires_at", "<=", now)],
            "revoked": [("revoked_at", "!=", False)],
        }
        return fields.Domain.OR(domains[v] for v in value if v in domains)

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "%(labels)s: keys are made and revoked with the buttons on the client.",
            labels=labels,
        )

    def write(self, vals):
        if "expires_at" in vals:
            self._check_live()
        result = super().write(vals)
        if "expires_at" in vals:
            self._move_expiry()
        return result

    def _check_live(self):
        for key in self:
            if key.state != "live":
                raise UserError(
                    self.env._(
                        "Key “%(label)s” is no longer live: make a new one.",
                        label=key.name,
                    )
                )

    def _move_expiry(self):
        """Odoo checks its own date, too, and removes what has expired."""
        self.flush_recordset(["expires_at"])
        self.env.cr.execute(
            SQL(
                """UPDATE res_users_apikeys k
                      SET expiration_date = c.expires_at
                     FROM crm_exchange_credential c
                    WHERE c.apikey_id = k.id AND c.id = ANY(%s)""",
                list(self.ids),
            )
        )

    @api.constrains("expires_at")
    def _check_expires_at(self):
        for key in self:
            if key.expires_at and key.expires_at > fields.Datetime.now() + timedelta(
                days=KEY_DAYS + 1
            ):
                raise ValidationError(
                    self.env._(
                        "Key “%(label)s”: a key lives for %(days)s days at most. Make "
                        "a new one before it expires; both work meanwhile.",
                        label=key.name,
                        days=KEY_DAYS,
                    )
                )

    # ------------------------------------------------------------------ steps

    @api.model
    def _issue(self, client, name, expires_at=None):
        """Make a key for a client.

        :return: (the key in clear, its record)
        """
        limit = fields.Datetime.now() + timedelta(days=KEY_DAYS)
        dates = [d for d in (expires_at, client.expires_at, limit) if d]
        keys = self.env["res.users.apikeys"].with_user(client.user_id).sudo()
        find = """SELECT id FROM res_users_apikeys WHERE user_id = %s AND index = %s"""
        while True:
            key = keys._generate("rpc", name, min(dates))
            self.env.cr.execute(find, [client.user_id.id, key[:PREFIX]])
            found = [res_id for (res_id,) in self.env.cr.fetchall()]
            if len(found) == 1:
                break
            keys.browse(max(found)).unlink()  # its beginning would not tell it apart
        values = {
            "name": name,
            "client_id": client.id,
            "apikey_id": found[0],
            "hint": key[:SHOWN],
            "expires_at": min(dates),
        }
        return key, self.sudo().create(values).sudo(self.env.su)

    @api.model
    def _find_live(self, user, key):
        """Id of the live credential of a login's key; 0 when there is none."""
        self.env.cr.execute(
            SQL(
                """SELECT c.id FROM res_users_apikeys k
                     JOIN res_users u ON u.id = k.user_id AND u.active
                     JOIN crm_exchange_credential c ON c.apikey_id = k.id
                    WHERE k.user_id = %(user)s AND k.index = %(index)s
                      AND (k.expiration_date IS NULL OR k.expiration_date > %(now)s)
                      AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
                      AND c.revoked_at IS NULL""",
                user=user.id,
                index=key[:PREFIX],
                now=fields.Datetime.now(),
            )
        )
        row = self.env.cr.fetchone()
        return row[0] if row else 0

    def _revoke(self):
        """The keys stop working at their next call; their records stay."""
        live = self.filtered(lambda key: not key.revoked_at)
        self.env["res.users.apikeys"].sudo().browse(
            [key.apikey_id for key in live.sudo() if key.apikey_id]
        ).exists()._remove()
        now = fields.Datetime.now()
        live.sudo().write({"revoked_at": now, "revoked_by_id": self.env.uid})

    # ------------------------------------------------------------------ buttons

    def action_revoke(self):
        self.check_access("write")
        self._revoke()
        return True

    def action_replace(self):
        """Make the successor of this key, with the same scope; this one still works."""
        self.ensure_one()
        self.check_access("write")
        action = self.client_id.action_key_dialog()
        action["context"] = {
            **action["context"],
            "default_replaced_id": self.id,
            "default_name": self.name,
        }
        return action
