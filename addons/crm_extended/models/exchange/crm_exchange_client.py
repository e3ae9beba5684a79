from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

KEYS = 2  # live at once, so that a partner can change over without a gap


class ExchangeClient(models.Model):
    """A partner's system that may read our customers, within the scopes given to it.

    It signs in with a login of its own that can call the exchange and nothing else, and
    with keys instead of a password. Switching the client off or letting it expire works
    at its next call, on every worker.
    """

    _name = "crm.exchange.client"
    _description = "Exchange Client"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="The partner's system, e.g. Harmonia ERP")
    code = fields.Char(
        required=True,
        copy=False,
        help="Short name, unique: part of its login, and source of its customer keys",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="It sees this company's customers and those shared by all companies.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Login",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="Created with the client. It can call the exchange and nothing else.",
    )
    source_id = fields.Many2one(
        "crm.source",
        copy=False,
        check_company=True,
        ondelete="restrict",
        help="Where its own customer numbers are kept. Created with the client.",
    )
    trust = fields.Integer(
        related="source_id.trust",
        related_sudo=True,
        readonly=True,
        help="How far its values are believed, 0 to 100; set on the source.",
    )
    conflict_policy = fields.Selection(
        [
            ("reject", "Refuse its change"),
            ("merge3", "Unite per field, ask about the rest"),
            ("source_priority", "The more trusted source wins"),
        ],
        required=True,
        default="merge3",
        help="What happens when it changes what was changed here since it last read "
        "it. Its program may ask for a stricter way, not for a laxer one.",
    )
    sandbox = fields.Boolean(
        help="For trying out: whatever it pushes is checked and answered as usual, but "
        "nothing is kept."
    )
    expires_at = fields.Datetime(
        string="Expires",
        copy=False,
        help="From then on every call is refused. Empty: never.",
    )
    scope_ids = fields.One2many(
        "crm.exchange.scope",
        "client_id",
        string="Scopes",
        copy=True,
        domain=[("credential_id", "=", False)],
    )
    credential_ids = fields.One2many(
        "crm.exchange.credential", "client_id", string="Keys Made"
    )
    last_seen = fields.Datetime(readonly=True, copy=False)
    software = fields.Char(
        readonly=True, copy=False, help="What its program calls itself"
    )
    acked_seq = fields.Float(
        string="Confirmed up to",
        digits=(20, 0),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Number of the last change that the partner confirmed to have stored",
    )
    acked_at = fields.Datetime(string="Confirmed at", readonly=True, copy=False)
    lag = fields.Integer(
        compute="_compute_lag",
        help="Numbered changes that the partner has not confirmed yet",
    )
    key_count = fields.Integer(compute="_compute_keys", string="Live Keys")
    key_expires_at = fields.Datetime(
        compute="_compute_keys", help="When the last of its keys expires"
    )
    note = fields.Html()

    _code_uniq = models.Constraint("UNIQUE (code)", "Another client has this code.")
    _user_uniq = models.Constraint(
        "UNIQUE (user_id)", "Another client uses this login."
    )

    def init(self):
        """Which records clients were told of, and whether they still see them.

        No foreign key: its check would cost each record of a first load a look at the
        client. Rows go with their client in `unlink`.
        """
        self.env.cr.execute(
            """CREATE TABLE IF NOT EXISTS crm_exchange_disclosed (
                   client_id integer,
                   entity varchar,
                   res_id integer,
                   PRIMARY KEY (client_id, entity, res_id)
               );
               ALTER TABLE crm_exchange_disclosed
                 ADD COLUMN IF NOT EXISTS here boolean NOT NULL DEFAULT true,
                DROP CONSTRAINT IF EXISTS crm_exchange_disclosed_client_id_fkey"""
        )

    @api.depends("acked_seq")
    def _compute_lag(self):
        _epoch, head, _floor = self.env["crm.exchange.change"]._position()
        for client in self:
            client.lag = max(int(head - client.acked_seq), 0)

    @api.depends("credential_ids.revoked_at", "credential_ids.expires_at")
    def _compute_keys(self):
        found = self.env["crm.exchange.credential"]._read_group(
            [("client_id", "in", self.ids), ("state", "=", "live")],
            ["client_id"],
            ["__count", "expires_at:max"],
        )
        keys = {client.id: (count, last) for client, count, last in found}
        for client in self:
            client.key_count, client.key_expires_at = keys.get(client.id, (0, False))

    @api.constrains("code")
    def _check_code(self):
        for client in self:
            if not client.code.replace("-", "").replace("_", "").isalnum():
                raise ValidationError(
                    self.env._(
                        "Client %(name)s: use letters, digits, - and _ in the code, "
                        "not “%(code)s”.",
                        name=client.name,
                        code=client.code,
                    )
                )

    @api.constrains("user_id")
    def _check_user(self):
        for client in self.filtered("user_id"):
            if not client.user_id.sudo()._is_exchange_login():
                raise ValidationError(
                    self.env._(
                        "Client %(name)s: the login %(login)s may do more than call "
                        "the exchange. Let the client create its own login.",
                        name=client.name,
                        login=client.user_id.login,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        clients = super().create(vals_list)
        for client in clients:  # a handful in the life of a database
            client._create_login()
            client._create_source()
        return clients

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            for client in self:
                client.user_id.sudo().write(client._prepare_company_values())
        return result

    def unlink(self):
        """Its login can no longer call anything, so it goes too, with its keys."""
        users, ids = self.user_id, self.ids
        result = super().unlink()
        self.env.cr.execute(
            "DELETE FROM crm_exchange_disclosed WHERE client_id = ANY(%s)", [ids]
        )
        users.sudo().write({"active": False})
        users.sudo().api_key_ids._remove()
        return result

    def _prepare_company_values(self):
        return {
            "company_id": self.company_id.id,
            "company_ids": [Command.set(self.company_id.ids)],
        }

    def _create_login(self):
        if self.user_id:
            return
        group = self.env.ref("crm_extended.group_exchange_client")
        users = self.env["res.users"].sudo().with_context(no_reset_password=True)
        self.user_id = users.create(
            {
                "name": self.name,
                "login": f"exchange-{self.code}".lower(),
                "group_ids": [Command.set(group.ids)],
                "notification_type": "email",
                **self._prepare_company_values(),
            }
        )

    def _create_source(self):
        if not self.source_id:
            self.source_id = (
                self.env["crm.source"]
                .sudo()
                .create(
                    {
                        "name": self.name,
                        "code": self.code,
                        "kind": "exchange",
                        "company_id": self.company_id.id,
                    }
                )
            )

    # ------------------------------------------------------------------ buttons

    def action_key_dialog(self):
        """Ask for label and expiry of a new key."""
        self.ensure_one()
        self._check_may_have_key()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.exchange.key.dialog",
            "name": self.env._("New Key of %(name)s", name=self.name),
            "view_mode": "form",
            "target": "new",
            "context": {"default_client_id": self.id},
        }

    def action_new_key(self):
        """Make a key for a year and show it once; it is stored only as a hash."""
        self.ensure_one()
        self.check_access("write")
        self._check_may_have_key()
        return self._show_key(self._make_key())

    def _show_key(self, key):
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.users.apikeys.show",
            "name": self.env._("Key of %(name)s", name=self.name),
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key": key},
        }

    def _check_may_have_key(self):
        """:raises UserError: when a new key would not work, or be one too many"""
        login = self.user_id.sudo()
        if not self.active or not login.active:
            raise UserError(
                self.env._(
                    "A key would not work: %(name)s or its login %(login)s is archived."
                    " Unarchive the client, and the login under Settings > Users.",
                    name=self.name,
                    login=login.login,
                )
            )
        if self.key_count >= KEYS:
            raise UserError(
                self.env._(
                    "%(name)s has %(count)s keys already. Revoke one first: two are "
                    "for the time of changing over from the old to the new one.",
                    name=self.name,
                    count=self.key_count,
                )
            )

    def _make_key(self, label="", expires_at=None):
        """A new key in clear, for a year or until the client expires."""
        key, _made = self.env["crm.exchange.credential"]._issue(
            self, label or self.name, expires_at
        )
        return key

    def action_revoke_keys(self):
        """All keys of the client stop working at its next call."""
        self.check_access("write")
        self.credential_ids._revoke()
        return True
