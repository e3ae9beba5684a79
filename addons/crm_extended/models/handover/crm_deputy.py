from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# What a deputy may be asked to look after: scope, and the models it covers
SCOPES = {
    "for_customers": ("res.partner",),
    "for_opportunities": ("crm.lead", "sale.order"),
    "for_cases": ("helpdesk.ticket",),
}
CASE_RULE = "rule_helpdesk_ticket_deputy"


class CrmDeputy(models.Model):
    """For some days one person looks after another's work, and nothing changes hands.

    The deputy sees and edits what is the other's through record rules, and is told what
    the other is told. All of it follows from the dates alone: it begins and ends by
    itself, and what the customer's record says about its owner is never touched.
    """

    _name = "crm.deputy"
    _inherit = ["mail.thread"]
    _description = "Deputy"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    user_id = fields.Many2one(
        "res.users",
        string="Away",
        required=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
    )
    deputy_id = fields.Many2one("res.users", required=True, index=True, tracking=True)
    date_from = fields.Date(
        "From", required=True, tracking=True, default=fields.Date.context_today
    )
    date_to = fields.Date("Until", required=True, tracking=True, help="The last day")
    for_customers = fields.Boolean("Customers", default=True, tracking=True)
    for_opportunities = fields.Boolean(
        "Opportunities and orders", default=True, tracking=True
    )
    for_cases = fields.Boolean("Cases", default=True, tracking=True)
    for_activities = fields.Boolean("Activities", default=True, tracking=True)
    note = fields.Text("For the Deputy", help="What is urgent, whom to ask")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_active = fields.Boolean(
        "Today", compute="_compute_state", search="_search_is_active"
    )
    state = fields.Selection(
        [("planned", "Planned"), ("active", "Now"), ("ended", "Ended")],
        compute="_compute_state",
    )
    customer_count = fields.Integer("Their Customers", compute="_compute_counts")
    opportunity_count = fields.Integer("Their Opportunities", compute="_compute_counts")
    case_count = fields.Integer("Their Cases", compute="_compute_counts")
    activity_count = fields.Integer("Their Activities", compute="_compute_counts")
    late_count = fields.Integer("Late", compute="_compute_counts")

    _dates_ordered = models.Constraint(
        "CHECK (date_from <= date_to)", "The last day must not be before the first."
    )
    _two_people = models.Constraint(
        "CHECK (user_id != deputy_id)", "Nobody is one's own deputy."
    )

    @api.depends("user_id", "deputy_id")
    def _compute_display_name(self):
        for deputy in self:
            deputy.display_name = self.env._(
                "%(deputy)s for %(person)s",
                deputy=deputy.deputy_id.name or "",
                person=deputy.user_id.name or "",
            )

    @api.depends("date_from", "date_to")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for deputy in self:
            begin, end = deputy.date_from or today, deputy.date_to or today
            is_planned, is_ended = begin > today, end < today
            deputy.is_active = not (is_planned or is_ended)
            deputy.state = (
                "planned" if is_planned else "ended" if is_ended else "active"
            )

    @api.model
    def _search_is_active(self, operator, value):
        """By the dates, at each search: a cached rule must not outlive the day."""
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        active = Domain("date_from", "<=", today) & Domain("date_to", ">=", today)
        return Domain.OR([active if wanted else ~active for wanted in value])

    @api.depends_context("uid")
    @api.depends("user_id", "is_active")
    def _compute_counts(self):
        """What the reader may see of it; one query per kind."""
        for name, (model, domain) in self._get_work().items():
            counts = {}
            if model in self.env and self.env[model].has_access("read"):
                mine = Domain(domain) & Domain("user_id", "in", self.user_id.ids)
                groups = self.env[model]._read_group(mine, ["user_id"], ["__count"])
                counts = {user.id: count for user, count in groups}
            for deputy in self:
                deputy[name] = counts.get(deputy.user_id.id, 0)

    @api.model
    def _get_work(self):
        return {
            "customer_count": ("res.partner", []),
            "opportunity_count": ("crm.lead", [("won_status", "=", "pending")]),
            "case_count": ("helpdesk.ticket", [("closed", "=", False)]),
            "activity_count": ("mail.activity", []),
            "late_count": ("mail.activity", [("date_deadline", "<", "today")]),
        }

    # ------------------------------------------------------------------ checks

    @api.constrains("user_id", "deputy_id", "company_id")
    def _check_people(self):
        for deputy in self:
            for user in (deputy.user_id, deputy.deputy_id):
                if user.share or deputy.company_id not in user.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(name)s is no colleague in %(company)s.",
                            name=user.name,
                            company=deputy.company_id.name,
                        )
                    )
            if not deputy.deputy_id.active:
                raise ValidationError(
                    self.env._(
                        "%(name)s is archived. Choose an active colleague.",
                        name=deputy.deputy_id.name,
                    )
                )

    @api.constrains("deputy_id", "for_opportunities", "for_cases")
    def _check_rights(self):
        """A deputy without the right to open such documents would be of no use."""
        for deputy in self:
            wanted = [
                name for name in ("for_opportunities", "for_cases") if deputy[name]
            ]
            for model in (SCOPES[name][0] for name in wanted):
                if model not in self.env:
                    continue
                theirs = self.env[model].with_user(deputy.deputy_id)
                if not theirs.has_access("read"):
                    raise ValidationError(
                        self.env._(
                            "%(name)s has no right to open %(documents)s. Choose "
                            "someone who has, or leave them out.",
                            name=deputy.deputy_id.name,
                            documents=self.env["ir.model"]._get(model).name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        deputies = super().create(vals_list)
        deputies._ensure_case_rule()
        deputies._tell_deputies()
        return deputies

    def write(self, vals):
        result = super().write(vals)
        self.check_access("write")  # nor is it made another's absence
        self._ensure_case_rule()
        if "deputy_id" in vals:
            self._tell_deputies()
        return result

    def _tell_deputies(self):
        for deputy in self.filtered(lambda d: d.deputy_id != self.env.user):
            deputy.message_notify(
                partner_ids=deputy.sudo().deputy_id.partner_id.ids,
                subject=self.env._("You are deputy of %(p)s", p=deputy.user_id.name),
                body=self.env._(
                    "From %(begin)s until %(end)s you look after the work of %(p)s.",
                    begin=deputy.date_from,
                    end=deputy.date_to,
                    p=deputy.user_id.name,
                ),
            )

    def _ensure_case_rule(self):
        """The rule for cases, where a help desk is installed: it is no dependency.

        It has an external name of this addon and goes away with it.
        """
        if not self.filtered("for_cases") or "helpdesk.ticket" not in self.env:
            return
        if self.env.ref(f"crm_extended.{CASE_RULE}", raise_if_not_found=False):
            return
        data = {
            "xml_id": f"crm_extended.{CASE_RULE}",
            "noupdate": True,
            "values": {
                "name": "Cases of whom I stand in for",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "domain_force": "[('user_id.deputy_ids', 'any', "
                "[('deputy_id', '=', user.id), ('is_active', '=', True), "
                "('for_cases', '=', True)])]",
                "groups": [(4, self.env.ref("crm_extended.group_customer_user").id)],
                "perm_create": False,
                "perm_unlink": False,
            },
        }
        self.env["ir.rule"].sudo()._load_records([data])

    # ------------------------------------------------------------------ reading

    @api.model
    def _find_deputies(self, user_ids, model, is_task):
        """Who stands in today for these people in documents of this model.

        :param is_task: what is told is a task, as activities are
        :return: list of (user id, deputy's partner id)
        """
        scopes = [name for name, models_ in SCOPES.items() if model in models_]
        if not scopes:
            return []
        if is_task:
            scopes.append("for_activities")
        wanted = SQL(" OR ").join(SQL.identifier("d", name) for name in scopes)
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT d.user_id, u.partner_id FROM crm_deputy d
                  JOIN res_users u ON u.id = d.deputy_id AND u.active
                 WHERE d.user_id = ANY(%(users)s) AND %(today)s BETWEEN d.date_from
                   AND d.date_to AND (%(wanted)s)
                """,
                users=list(user_ids),
                today=fields.Date.context_today(self),
                wanted=wanted,
            )
        )

    # ------------------------------------------------------------------ buttons

    def action_open_customers(self):
        """Open the customers of whom I stand in for."""
        return self._open_work("customer_count", self.env._("Customers"))

    def action_open_opportunities(self):
        """Open their opportunities."""
        return self._open_work("opportunity_count", self.env._("Opportunities"))

    def action_open_cases(self):
        """Open their cases."""
        return self._open_work("case_count", self.env._("Cases"))

    def action_open_activities(self):
        """Open their activities."""
        return self._open_work("activity_count", self.env._("Activities"))

    def _open_work(self, name, title):
        self.ensure_one()
        self.check_access("read")
        model, domain = self._get_work()[name]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(what)s of %(p)s", what=title, p=self.user_id.name),
            "res_model": model,
            "view_mode": "list,form" if model != "mail.activity" else "list",
            "domain": [("user_id", "=", self.user_id.id), *domain],
        }

    def action_end(self):
        """The person is back: the last day was yesterday."""
        self.check_access("write")
        yesterday = fields.Date.subtract(fields.Date.context_today(self), days=1)
        for deputy in self.filtered("is_active"):
            deputy.date_to = max(yesterday, deputy.date_from)
            if deputy.date_from > yesterday:
                deputy.date_from = deputy.date_to = yesterday
        return True


class ResUsers(models.Model):
    _inherit = "res.users"

    deputy_ids = fields.One2many(
        "crm.deputy",
        "user_id",
        string="Deputies",
        groups="crm_extended.group_customer_user",
    )
