from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...privacy.deadline import kept_since
from .crm_legal_hold import parse_domain

# Contacts with a customer that show that he is one still: table, date, what counts
ACTIVITY = (
    ("crm_interaction", "date", "TRUE"),
    ("crm_purchase", "date", "TRUE"),
    ("sale_order", "date_order", "x.state = 'sale'"),
    ("account_move", "date", "x.state = 'posted'"),
    ("crm_lead", "create_date", "TRUE"),
    ("crm_consent", "date", "x.answer = 'given'"),
)
SAMPLE = 10


class RetentionRule(models.Model):
    """How long one kind of data is kept, and what happens then.

    A rule works only after a trial run showed what it would do, and never on people
    on legal hold. Customers count as used by their last contact, purchase, order,
    invoice, lead or consent; other records by a date of their own.
    """

    _name = "crm.retention.rule"
    _description = "Retention Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=50)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Kind of Record",
        required=True,
        ondelete="cascade",
        domain=lambda self: [("model", "in", self._get_model_names())],
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    domain = fields.Char(string="Only Those", default="[]")
    date_field_id = fields.Many2one(
        "ir.model.fields",
        string="Counted From",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('date', 'datetime')), "
        "('store', '=', True)]",
        help="Customers are counted from their last contact, purchase, order, invoice, "
        "lead or consent.",
    )
    period = fields.Integer(default=5, required=True)
    unit = fields.Selection(
        [("month", "Months"), ("year", "Years")], required=True, default="year"
    )
    action = fields.Selection(
        [
            ("erase", "Erase the Person"),
            ("anonymise", "Remove Personal Data"),
            ("archive", "Archive"),
            ("delete", "Delete"),
        ],
        required=True,
        default="archive",
        help="Erase: as if the person had asked. Remove: the record stays without what "
        "names anybody. Archive: out of sight, nothing is lost.",
    )
    suppress = fields.Boolean(
        string="Refuse Them Later",
        help="Keep keyed hashes of the addresses, so that a later import is refused.",
    )
    reason = fields.Text(help="The law or decision behind the period")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    run_ids = fields.One2many("crm.retention.run", "rule_id", readonly=True)
    tried_at = fields.Datetime(string="Last Trial", readonly=True, copy=False)
    summary = fields.Char(compute="_compute_summary")

    _period_range = models.Constraint(
        "CHECK (period BETWEEN 1 AND 1200)", "A period is 1 to 1200 months or years."
    )

    @api.model
    def _get_model_names(self):
        """Kinds of records with personal data and an owner; override to add yours."""
        data = self.env["crm.personal.data"]
        never = (
            "res.users",
            "account.move",
            "account.payment",
            "account.bank.statement.line",
            "crm.consent",
            "crm.suppression",
            "crm.legal.hold",
        )
        return [
            name
            for name in data._get_map()
            if name not in never
            and self.env[name]._auto
            and (data._get_subjects(name) or data._get_personal(name))
        ]

    @api.depends("name", "model_id", "period", "unit", "action")
    @api.depends_context("lang")
    def _compute_summary(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        actions = dict(self._fields["action"]._description_selection(self.env))
        for rule in self:
            rule.summary = self.env._(
                "%(name)s: after %(period)s %(unit)s, %(action)s",
                name=rule.name or "",
                period=rule.period,
                unit=units.get(rule.unit, "").lower(),
                action=actions.get(rule.action, "").lower(),
            )

    @api.constrains("model_id", "domain", "date_field_id", "action", "company_id")
    def _check_rule(self):
        for rule in self:
            if rule.model_name not in rule._get_model_names():
                raise ValidationError(
                    self.env._(
                        "%(model)s holds no personal data that may be aged. Choose "
                        "another kind of record.",
                        model=rule.model_id.name,
                    )
                )
            rule._parse_domain(checked=rule.model_name == "res.partner")
            is_partner = rule.model_name == "res.partner"
            if not is_partner and not rule.date_field_id:
                raise ValidationError(
                    self.env._(
                        "Choose the date that %(rule)s counts from.", rule=rule.name
                    )
                )
            field = rule.date_field_id
            if field and (
                field.model_id != rule.model_id
                or field.ttype not in ("date", "datetime")
                or not field.store
            ):
                raise ValidationError(
                    self.env._("“Counted From” is no date of this kind of record.")
                )
            if is_partner and rule.action in ("delete", "anonymise"):
                raise ValidationError(
                    self.env._("Customers are erased or archived: choose one of them.")
                )
            if not is_partner and rule.action == "erase":
                raise ValidationError(
                    self.env._("Only customers are erased; choose another action.")
                )
            if rule.action == "archive" and "active" not in self.env[rule.model_name]:
                raise ValidationError(
                    self.env._("This kind of record cannot be archived.")
                )

    def _parse_domain(self, checked=False):
        self.ensure_one()
        return parse_domain(self, self.model_name, self.domain, self.name, checked)

    def write(self, vals):
        """A changed rule is a draft again, until it was tried."""
        changed = vals.keys() & {
            "model_id",
            "domain",
            "date_field_id",
            "period",
            "unit",
            "action",
            "company_id",
        }
        if not self.env.su and "state" in vals:
            raise UserError(self.env._("A rule is switched on by its button."))
        if changed:
            vals = {**vals, "tried_at": False}
            self.filtered(lambda r: r.state == "active").sudo().write(
                {"state": "draft"}
            )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        facts = ("state", "tried_at")
        clean = [
            {n: v for n, v in vals.items() if n not in facts} for vals in vals_list
        ]
        return super().create([{**vals, "state": "draft"} for vals in clean])

    # ------------------------------------------------------------------ buttons

    def action_try(self):
        """Count what the rule would do, with samples. Changes nothing."""
        self.check_access("write")
        runs = self.env["crm.retention.run"]
        for rule in self:
            runs |= runs.create({"rule_id": rule.id, "dry_run": True})
        runs.action_start()
        return runs._open()

    def action_activate(self):
        """Let the nightly job carry the rule out.

        :raises UserError: it was not tried since it was last changed
        """
        self.check_access("write")
        if self.filtered(lambda rule: not rule.tried_at):
            raise UserError(
                self.env._("Try the rule first, to see what it would do: press Try.")
            )
        return self.sudo().write({"state": "active"})

    def action_pause(self):
        """Keep the nightly job from carrying the rule out."""
        self.check_access("write")
        return self.sudo().write({"state": "draft"})

    def action_run(self):
        """Carry the rule out now."""
        self.check_access("write")
        if self.filtered(lambda rule: rule.state != "active"):
            raise UserError(self.env._("Switch the rule on first."))
        runs = self.env["crm.retention.run"]
        for rule in self:
            runs |= runs.create({"rule_id": rule.id})
        runs.action_start()
        return runs._open()

    @api.model
    def _cron_run(self):
        """Carry out every rule that is switched on, each in a job of its own."""
        rules = self.sudo().search([("state", "=", "active")])
        runs = self.env["crm.retention.run"].sudo()
        runs.create([{"rule_id": rule.id} for rule in rules]).action_start()

    # ------------------------------------------------------------------ finding

    def _find_due(self):
        """Records whose time is over, less those on hold and in other companies."""
        self.ensure_one()
        model = self.env[self.model_name].sudo().with_context(active_test=False)
        limit = kept_since(fields.Date.context_today(self), self.period, self.unit)
        domain = self.sudo()._parse_domain()
        if "company_id" in model._fields:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        if self.model_name == "res.partner":
            return self._find_due_partners(model, domain, limit)
        if self.action == "archive":
            domain &= Domain("active", "=", True)
        domain &= Domain(self.date_field_id.name, "<", limit)
        domain &= self.env["crm.erasure"]._get_touchable_domain(self.model_name)
        due = model.search(domain, order="id")
        return due - self._find_held(due)

    def _find_due_partners(self, model, domain, limit):
        domain &= Domain("erased_at", "=", False)
        domain &= Domain("partner_share", "=", True)
        domain &= Domain("create_date", "<", limit)
        domain &= Domain("is_technical", "=", False)
        domain &= Domain("child_ids", "=", False)
        if "merged_into_id" in model._fields:
            domain &= Domain("merged_into_id", "=", False)
        if self.action == "archive":
            domain &= Domain("active", "=", True)
        query = model._search(domain, order="id")
        for table, date, counts in ACTIVITY:
            query.add_where(
                SQL(
                    """NOT EXISTS (SELECT FROM %s x WHERE x.partner_id = %s
                                      AND x.%s >= %s AND %s)""",
                    SQL.identifier(table),
                    SQL.identifier(query.table, "id"),
                    SQL.identifier(date),
                    limit,
                    SQL(counts),
                )
            )
        for name in ("crm.interaction", "crm.purchase", "crm.consent", "crm.lead"):
            self.env[name].sudo().flush_model()
        due = model.browse(query.get_result_ids())
        return due - self.env["crm.legal.hold"]._held(due)

    def _find_held(self, records):
        """Records of people on legal hold, by link, address or document alike."""
        people = self.env["res.partner"].sudo().with_context(active_test=False)
        people = self.env["crm.legal.hold"]._find_people(people)
        if not people:
            return records.browse()
        erasures = self.env["crm.erasure"]
        rows = erasures._find_rows_of(self.model_name, people)
        held = {id_ for ids in rows.values() for id_ in ids}
        if self.model_name == "mail.message":
            held.update(records.search(erasures._get_talk_domain(people)).ids)
        return records.filtered(lambda record: record.id in held)
