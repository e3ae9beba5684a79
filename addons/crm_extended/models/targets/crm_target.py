from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

MONEY = ("revenue", "margin", "debts_collected")
WHO = ("branch_id", "team_id", "user_id", "segment_id", "category_id")
AGREED = {"date_from", "date_to", "measure", "value", "company_id", *WHO}


class Target(models.Model):
    """What a company, branch, team or person should reach in a period.

    Narrowed to customers of a segment or to a group of products where these are named.
    What was agreed stays as it was: a change is a new version that replaces it when it
    is agreed, so that last year's results can be judged by last year's targets. A
    target can be split from the top down: parts belong to a whole and are compared
    with it, and nothing forces them to add up; parts go along with a new version.
    """

    _name = "crm.target"
    _description = "Target"
    _order = "date_from desc, measure, id"
    _check_company_auto = True
    _parent_store = True

    name = fields.Char(compute="_compute_name", search="_search_name")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    branch_id = fields.Many2one(
        "crm.branch", check_company=True, index="btree_not_null", ondelete="restrict"
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('share', '=', False)]",
    )
    segment_id = fields.Many2one(
        "crm.segment",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Only what comes from customers of this segment counts",
    )
    category_id = fields.Many2one(
        "product.category",
        string="Product Category",
        index="btree_not_null",
        ondelete="restrict",
        help="Only products of this category, and of those below it, count",
    )
    level = fields.Selection(
        [
            ("company", "Company"),
            ("branch", "Branch"),
            ("team", "Sales Team"),
            ("person", "Salesperson"),
        ],
        compute="_compute_level",
        store=True,
        help="Whose target it is",
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True, help="Last day, included")
    measure = fields.Selection(
        [
            ("revenue", "Revenue"),
            ("margin", "Margin"),
            ("new_customers", "New Customers"),
            ("visits", "Visits"),
            ("calls", "Calls"),
            ("retention", "Retention"),
            ("debts_collected", "Debts Collected"),
        ],
        required=True,
        default="revenue",
        help="Revenue, margin and collected debts are money of the company's currency "
        "without tax; retention is the share of customers who buy again, in percent.",
    )
    value = fields.Float(string="Target", required=True, digits=(16, 2))
    unit = fields.Char(compute="_compute_unit")
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("agreed", "Agreed"),
            ("replaced", "Replaced"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_id = fields.Many2one(
        "crm.target",
        string="Replaces",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    agreed_at = fields.Datetime(readonly=True, copy=False)
    agreed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    parent_id = fields.Many2one(
        "crm.target",
        string="Part of",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('measure', '=', measure), ('id', '!=', id)]",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("crm.target", "parent_id", string="Parts")
    split_value = fields.Float(
        string="In Parts",
        compute="_compute_split",
        digits=(16, 2),
        help="What its drafts and agreed parts add up to",
    )
    note = fields.Text()

    _period = models.Constraint(
        "CHECK (date_from <= date_to)", "The period ends before it begins."
    )
    _value_not_negative = models.Constraint(
        "CHECK (value >= 0)", "A target cannot be negative."
    )
    _percent = models.Constraint(
        "CHECK (measure <> 'retention' OR value <= 100)",
        "Retention is a share of customers: 100 percent at most.",
    )
    # two agreed targets for one thing in one period would both be "the" target
    _agreed_once = models.UniqueIndex(
        "(company_id, measure, date_from, date_to, COALESCE(branch_id, 0), "
        "COALESCE(team_id, 0), COALESCE(user_id, 0), COALESCE(segment_id, 0), "
        "COALESCE(category_id, 0)) WHERE state = 'agreed'",
        "There is an agreed target for the same in this period: make a new version of "
        "it instead.",
    )

    # ------------------------------------------------------------------ shown

    @api.depends("measure", "company_id", *WHO)
    def _compute_name(self):
        measures = dict(self._fields["measure"]._description_selection(self.env))
        for target in self:
            who = [target[name].display_name for name in WHO if target[name]]
            who = who or [target.company_id.name or ""]
            measure = measures.get(target.measure, "")
            target.name = " · ".join([measure, *who])

    @api.model
    def _search_name(self, operator, value):
        paths = ["company_id.name", *(f"{name}.display_name" for name in WHO)]
        domains = [fields.Domain(path, operator, value) for path in paths]
        negative = operator in fields.Domain.NEGATIVE_OPERATORS
        return fields.Domain.AND(domains) if negative else fields.Domain.OR(domains)

    @api.depends("branch_id", "team_id", "user_id")
    def _compute_level(self):
        for target in self:
            owners = (
                ("user_id", "person"),
                ("team_id", "team"),
                ("branch_id", "branch"),
            )
            found = [level for name, level in owners if target[name]]
            target.level = found[0] if found else "company"

    @api.depends("measure", "currency_id")
    def _compute_unit(self):
        for target in self:
            target.unit = ""
            if target.measure in MONEY:
                target.unit = target.currency_id.name
            elif target.measure == "retention":
                target.unit = "%"

    @api.depends("child_ids.value", "child_ids.state")
    def _compute_split(self):
        sums = dict(
            self._read_group(
                [("parent_id", "in", self.ids), ("state", "in", ("draft", "agreed"))],
                ["parent_id"],
                ["value:sum"],
            )
        )
        for target in self:
            target.split_value = sums.get(target, 0)

    # ------------------------------------------------------------------ rules

    @api.constrains("parent_id", "measure", "date_from", "date_to")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A target cannot be part of itself, or of one of its parts.")
            )
        for target in self | self.child_ids:
            whole = target.parent_id
            if whole and whole.measure != target.measure:
                raise ValidationError(
                    self.env._(
                        "%(part)s: a part is measured as its whole, %(whole)s.",
                        part=target.name,
                        whole=whole.name,
                    )
                )
            if whole and not (
                whole.date_from <= target.date_from and target.date_to <= whole.date_to
            ):
                raise ValidationError(
                    self.env._(
                        "%(part)s: its period must lie within that of %(whole)s, "
                        "%(begin)s to %(end)s.",
                        part=target.name,
                        whole=whole.name,
                        begin=whole.date_from,
                        end=whole.date_to,
                    )
                )

    def write(self, vals):
        """What was agreed is changed by a new version only."""
        closed = self.filtered(lambda target: target.state != "draft")
        if closed and not AGREED.isdisjoint(vals):
            raise UserError(
                self.env._(
                    "%(target)s was agreed: make a new version to change it.",
                    target=closed[0].name,
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        if any(target.state != "draft" for target in self):
            raise UserError(
                self.env._("Only a draft can be deleted. Cancel the target instead.")
            )

    # ------------------------------------------------------------------ steps

    def action_agree(self):
        """Make drafts the targets that hold; those they replace no longer do."""
        self.check_access("write")
        if any(target.state != "draft" for target in self):
            raise UserError(self.env._("Only a draft can be agreed."))
        for target in self:
            parts = target.previous_id.child_ids
            parts.filtered(lambda p: p.state in ("draft", "agreed")).parent_id = target
        self.previous_id.filtered(lambda old: old.state == "agreed").state = "replaced"
        self.env.flush_all()  # the old ones make room before the new ones come
        self.write(
            {
                "state": "agreed",
                "agreed_at": fields.Datetime.now(),
                "agreed_by_id": self.env.uid,
            }
        )
        return True

    def action_revise(self):
        """Open a draft of the next version, to be changed and agreed.

        :raises UserError: when it is no agreed target, or a draft is there already
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "agreed":
            raise UserError(self.env._("Only an agreed target gets a new version."))
        draft = self.search(
            [("previous_id", "=", self.id), ("state", "=", "draft")], limit=1
        )
        if not draft:
            draft = self.copy({"previous_id": self.id, "version": self.version + 1})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def action_cancel(self):
        self.check_access("write")
        if any(target.state == "replaced" for target in self):
            raise UserError(
                self.env._("A replaced target is history: it stays as it was.")
            )
        self.state = "cancelled"
        return True
