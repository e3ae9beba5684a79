from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

KINDS = [
    ("file", "File"),
    ("exchange", "Exchange with a System"),
    ("mail", "E-mail"),
    ("web", "Web Site"),
    ("chat", "Chat"),
    ("survey", "Survey"),
    ("list", "Mailing Lists"),
    ("database", "External Database"),
    ("manual", "Entered by Hand"),
]

MANAGER = "crm_extended.group_customer_manager"
MOST_TRUST = 50  # of a source that was not made by a manager


class Source(models.Model):
    """A system, department or file that customer data come from, with our trust in it.

    Two sources may know one customer by different keys; each keeps its own. Where they
    disagree on a value, the one with the higher trust is believed.
    """

    _name = "crm.source"
    _description = "Source of Customer Data"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "trust desc, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short name used by files, scripts and partners' systems. Unique.",
    )
    kind = fields.Selection(KINDS, required=True, default="file")
    trust = fields.Integer(
        default=50,
        tracking=True,
        aggregator="avg",
        help="0 = a guess, 100 = as good as a passport.",
    )
    proposes = fields.Boolean(
        string="Only Proposes",
        help="Its values change no customer by themselves: they wait under Proposed "
        "Values until a person takes or declines them.",
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        default=lambda self: self.env.company,
        help="Empty: shared by all companies",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        help="Answers questions about these data",
    )
    branch_id = fields.Many2one(
        "crm.branch",
        index="btree_not_null",
        check_company=True,
        help="The branch or department whose list it is",
    )
    refresh_days = fields.Integer(
        string="Expected Every",
        help="Days between two deliveries; 0: no delivery is expected",
    )
    last_received_at = fields.Datetime(
        string="Last Delivery", readonly=True, copy=False
    )
    is_stale = fields.Boolean(
        string="Overdue",
        compute="_compute_is_stale",
        search="_search_is_stale",
        help="The delivery that was expected has not come",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        help="Who delivers the data",
        check_company=True,
    )
    active = fields.Boolean(default=True)
    note = fields.Html()
    record_ids = fields.One2many("crm.source.record", "source_id", string="Records")
    record_count = fields.Integer(compute="_compute_counts", string="Records Received")
    purchase_count = fields.Integer(compute="_compute_counts", string="Past Purchases")

    _check_company_auto = True
    _code_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (code, company_id)",
        "Another source of this company has the same code. Choose a different code.",
    )
    _trust_range = models.Constraint(
        "CHECK (trust BETWEEN 0 AND 100)", "Trust must be between 0 and 100."
    )
    _refresh_positive = models.Constraint(
        "CHECK (refresh_days BETWEEN 0 AND 3660)",
        "A delivery is expected every 1 to 3660 days, or never (0).",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        def count(model):
            groups = self.env[model]._read_group(
                [("source_id", "in", self.ids)], ["source_id"], ["__count"]
            )
            return {source.id: number for source, number in groups}

        # Some who see the source may not see what it sent
        allowed = self.env["crm.source.record"].has_access("read")
        records = count("crm.source.record") if allowed else {}
        purchases = count("crm.purchase")
        for source in self:
            source.record_count = records.get(source.id, 0)
            source.purchase_count = purchases.get(source.id, 0)

    @api.depends("refresh_days", "last_received_at", "create_date")
    def _compute_is_stale(self):
        now = fields.Datetime.now()
        for source in self:
            since = source.last_received_at or source.create_date or now
            days = source.refresh_days
            source.is_stale = bool(days) and since + timedelta(days=days) < now

    @api.model
    def _search_is_stale(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["refresh_days", "last_received_at"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM crm_source WHERE refresh_days > 0
                   AND COALESCE(last_received_at, create_date)
                       + refresh_days * interval '1 day' < %s""",
                fields.Datetime.now(),
            )
        )
        due = [id_ for (id_,) in rows]
        return [("id", "in" if True in value else "not in", due)]

    @api.model
    def _cron_remind(self):
        """An overdue source gets one activity for its owner, until it is done."""
        stale = self.sudo().search([("is_stale", "=", True), ("user_id", "!=", False)])
        for source in stale.filtered(lambda s: not s.activity_ids):
            source.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=source.user_id.id,
                summary=self.env._("The delivery is overdue"),
                note=self.env._(
                    "Expected every %(days)s days. Ask %(contact)s, or change how "
                    "often it is expected.",
                    days=source.refresh_days,
                    contact=source.partner_id.name or self.env._("who delivers it"),
                ),
            )

    @api.depends("name", "code")
    def _compute_display_name(self):
        for source in self:
            source.display_name = source.name or source.code

    @api.model
    def _get_manual(self):
        """The source of what people enter here; shared, empty when there is none."""
        domain = [("kind", "=", "manual"), ("company_id", "=", False)]
        return self.browse(self._get_manual_id(domain))

    @api.model
    def _get_manual_id(self, domain):
        return self.sudo().search(domain, order="id", limit=1).ids

    def action_open_records(self):
        """Open what this source sent, as received."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_source_record"
        )
        return {**action, "domain": [("source_id", "=", self.id)]}

    def action_withdraw(self):
        """Open a withdrawal of the source, with a look at what it would do."""
        self.ensure_one()
        self.check_access("write")
        withdrawals = self.env["crm.source.withdrawal"]
        domain = [("source_id", "=", self.id), ("phase", "!=", "undone")]
        found = withdrawals.search(domain, limit=1)
        found = found or withdrawals.create({"source_id": self.id})
        return found._get_records_action(name=self.env._("Withdraw"))

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever imports may name a source, but only a manager gives it a voice
        above the others'.

        :raises AccessError: a trust or kind that only a manager may give
        """
        is_manager = self.env.su or self.env.user.has_group(MANAGER)
        for vals in vals_list if not is_manager else ():
            if vals.get("trust", 0) > MOST_TRUST or vals.get("kind") == "manual":
                raise AccessError(
                    self.env._(
                        "Only a manager gives a source a trust above %(most)s, or "
                        "makes one for what is entered by hand.",
                        most=MOST_TRUST,
                    )
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Deleting it would take its records along without a trace."""
        records = self.env["crm.source.record"].sudo()
        if used := records.search([("source_id", "in", self.ids)], limit=1).source_id:
            raise UserError(
                self.env._(
                    "%(name)s has sent records. Withdraw it instead: that tells what "
                    "would be lost, and can be undone.",
                    name=used.display_name,
                )
            )

    def action_open_purchases(self):
        """Open the past purchases that came from this source."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_purchase"
        )
        return {**action, "domain": [("source_id", "=", self.id)], "context": {}}
