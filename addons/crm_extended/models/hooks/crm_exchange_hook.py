from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...webhooks import address, retry

FAILING_DAYS = 3  # of nothing but failure, then the hook is switched off
MANAGER = "crm_extended.group_exchange_manager"

STATES = [
    ("draft", "To Set Up"),
    ("on", "On"),
    ("off", "Paused by the Partner"),
    ("stopped", "Switched Off"),
    ("broken", "Failing"),
]


class ExchangeHook(models.Model):
    """The address at which a partner's system wants to hear that there is news.

    A message says that something changed and how far the feed is, never what: the
    partner then pulls. It is signed by Standard Webhooks, sent at least once, and by
    the scheduled action alone: no sale waits for a partner's server.
    """

    _name = "crm.exchange.hook"
    _inherit = ["crm.kept.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Exchange Webhook"
    _order = "client_id"
    _rec_name = "client_id"

    client_id = fields.Many2one(
        "crm.exchange.client", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="client_id.company_id", store=True)
    url = fields.Char(
        string="Address",
        required=True,
        tracking=True,
        help="Where we send. It begins with https:// and leads to a public server.",
    )
    scope_ids = fields.Many2many(
        "crm.exchange.scope",
        "crm_exchange_hook_scope",
        string="Only News Of",
        domain="[('client_id', '=', client_id), ('can_read', '=', True)]",
        help="Empty: of everything the client may read.",
    )
    inside = fields.Boolean(
        string="In Our Network",
        tracking=True,
        help="The address may lead to the networks named by the system parameter "
        "crm_extended.hook_inside, without encryption too. The partner cannot choose "
        "this, and loses it by changing the address.",
    )
    operator_id = fields.Many2one(
        "res.users",
        default=lambda self: self._get_default_operator(),
        domain="[('share', '=', False)]",
        help="Who is told when the hook fails for long",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, tracking=True, copy=False
    )
    has_secret = fields.Boolean(compute="_compute_has_secret")
    secret = fields.Char(groups=fields.NO_ACCESS, copy=False, readonly=True)
    old_secret = fields.Char(groups=fields.NO_ACCESS, copy=False, readonly=True)
    old_secret_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="Until then messages bear two signatures: by the new and the old secret",
    )
    told_seq = fields.Float(
        string="Told up to",
        digits=(20, 0),
        readonly=True,
        copy=False,
        aggregator=None,
        help="Number of the last change in the feed that a message has told of",
    )
    told_epoch = fields.Char(readonly=True, copy=False)
    told_at = fields.Datetime(readonly=True, copy=False, string="Told at")
    delivered_at = fields.Datetime(
        string="Last Success", readonly=True, copy=False, help="When one was taken last"
    )
    failing_since = fields.Datetime(
        readonly=True, copy=False, help="Nothing was taken since. Empty: all is well."
    )
    delivery_ids = fields.One2many(
        "crm.exchange.hook.delivery", "hook_id", string="Deliveries"
    )
    waiting_count = fields.Integer(compute="_compute_counts", string="Waiting")
    dead_count = fields.Integer(compute="_compute_counts", string="Dead Letters")

    _client_uniq = models.Constraint(
        "UNIQUE (client_id)", "The client has a webhook already: change that one."
    )

    @api.depends("secret")
    def _compute_has_secret(self):
        for hook in self:
            hook.has_secret = bool(hook.sudo().secret)

    @api.depends("delivery_ids.state")
    def _compute_counts(self):
        groups = self.env["crm.exchange.hook.delivery"]._read_group(
            [("hook_id", "in", self.ids), ("state", "in", ("waiting", "dead"))],
            ["hook_id", "state"],
            ["__count"],
        )
        counts = {(hook.id, state): count for hook, state, count in groups}
        for hook in self:
            hook.waiting_count = counts.get((hook.id, "waiting"), 0)
            hook.dead_count = counts.get((hook.id, "dead"), 0)

    @api.constrains("url", "inside")
    def _check_url(self):
        for hook in self:
            try:
                address.parse(hook.url, hook._get_rules())
            except address.AddressRefused as error:
                raise ValidationError(
                    self.env._(
                        "Webhook of %(client)s: %(url)s cannot be used. %(reason)s",
                        client=hook.client_id.name,
                        url=hook.url,
                        reason=hook._tell_refusal(error.code),
                    )
                ) from error

    @api.model
    def _tell_refusal(self, code):
        """Why an address is refused, and what would be taken, for people."""
        texts = {
            "url": self.env._(
                "Write it in full, without spaces, user or password; at most 2000 "
                "characters."
            ),
            "scheme": self.env._("It must begin with https://."),
            "port": self.env._("Its port must be 443 or 8443, or left out."),
            "host": self.env._(
                "Name the server as in https://erp.example.com, other alphabets as "
                "xn--."
            ),
            "private": self.env._(
                "It leads into an inside network. Give an address on the internet."
            ),
        }
        return texts.get(code, code)

    @api.constrains("scope_ids", "client_id")
    def _check_scopes(self):
        for hook in self:
            if hook.scope_ids.client_id - hook.client_id:
                raise ValidationError(
                    self.env._(
                        "Webhook of %(client)s: choose among scopes of this client.",
                        client=hook.client_id.name,
                    )
                )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Only its buttons and the sending itself change these: %(fields)s.",
            fields=labels,
        )

    @api.model
    def _get_default_operator(self):
        """Whoever sets it up; when a partner did, one who runs the exchange."""
        if self.env.user._is_internal() and not self.env.su:
            return self.env.user
        group = self.env.ref(MANAGER, raise_if_not_found=False)
        people = group.sudo().all_user_ids if group else self.env["res.users"]
        return people.filtered(lambda u: u.active and not u.share).sorted("id")[:1]

    # ------------------------------------------------------------------ buttons

    def action_test(self):
        """Queue a message that tells of nothing; it is sent within a minute."""
        self.check_access("write")
        for hook in self:
            hook._check_has_secret()
            hook._queue("test")
        self._wake()
        return self._tell_done(
            self.env._("The test is on its way. See its outcome under Deliveries.")
        )

    def action_switch_on(self):
        self.check_access("write")
        for hook in self:
            hook._check_has_secret()
            hook._switch_on()
        return True

    def action_switch_off(self):
        """Nothing is sent any more, and the partner cannot switch it on by itself."""
        self.check_access("write")
        self.sudo().write({"state": "stopped"})
        return True

    def action_open_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_exchange_hook_delivery"
        )
        action["domain"] = [("hook_id", "=", self.id)]
        action["context"] = {}
        return action

    def _tell_done(self, text):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------------ steps

    def _switch_on(self):
        """Send again, at once what waited; the warning of its failure is done."""
        self.sudo().write({"state": "on", "failing_since": False})
        waiting = self.sudo().delivery_ids.filtered(lambda d: d.state == "waiting")
        waiting.write({"next_at": fields.Datetime.now()})
        self.sudo().activity_unlink(["mail.mail_activity_data_warning"])
        self._wake()

    def _break(self, reason):
        """Switch off what fails for long, and tell the operator how to mend it."""
        self.state = "broken"
        operator = self.operator_id.filtered("active") or self._get_default_operator()
        self = self.with_context(lang=operator.lang or self.env.lang)
        text = self.env._(
            "The webhook of %(client)s was switched off: %(reason)s. Nothing is lost: "
            "the partner can still pull, and what waits is sent once you switch it on. "
            "Ask the partner to mend %(url)s, send a test, then switch it on.",
            client=self.client_id.name,
            reason=reason,
            url=self.url,
        )
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Webhook switched off"),
            note=text,
            user_id=operator.id or self.env.uid,
        )

    def _get_rules(self):
        """What may be connected to, by system parameters.

        A parameter that cannot be read opens nothing.
        """
        read = self.env["ir.config_parameter"].sudo().get_param
        inside, ports = (), address.PORTS
        try:
            if self.inside:
                inside = address.networks(read("crm_extended.hook_inside") or "")
            if given := read("crm_extended.hook_ports"):
                ports = tuple(int(port) for port in given.split(","))
        except ValueError:
            inside, ports = (), address.PORTS
        return address.Rules(inside=inside, ports=ports)

    @api.model
    def _get_parameter(self, name, default, least=1, most=10_000):
        """A whole number from the system parameters, within its limits."""
        given = self.env["ir.config_parameter"].sudo().get_param(f"crm_extended.{name}")
        value = int(given) if (given or "").isdecimal() else default
        return min(max(value, least), most)

    @api.model
    def _get_attempts(self):
        return self._get_parameter("hook_attempts", retry.ATTEMPTS, most=50)
