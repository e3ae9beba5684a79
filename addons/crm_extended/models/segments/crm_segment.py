from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CrmSegment(models.Model):
    """A named group of customers, defined by a filter and by conditions.

    Both must hold. Who belongs is not decided when somebody looks but when segments are
    refreshed: each stay is kept with its days and its reason (`crm.segment.member`).
    """

    _name = "crm.segment"
    _description = "Customer Segment"
    _order = "family_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False, help="Short technical name, unique in a company")
    family_id = fields.Many2one(
        "crm.segment.family",
        index=True,
        ondelete="set null",
        help="In an exclusive family a customer is in one segment: the first that fits",
    )
    exclusive = fields.Boolean(related="family_id.exclusive")
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(
        translate=True, help="Whom the segment holds and what for"
    )
    domain = fields.Char(
        string="Filter",
        default="[]",
        help="Customers must fit this filter. Dates may be relative: 'today -3m'",
    )
    match = fields.Selection(
        [("all", "all of"), ("any", "any of")], default="all", required=True
    )
    condition_ids = fields.One2many(
        "crm.segment.condition",
        "segment_id",
        string="Conditions",
        domain=[("parent_id", "=", False)],
        copy=True,
    )
    explanation = fields.Text(
        string="In Words",
        compute="_compute_preview",
        help="The definition as a sentence",
    )
    pick_ids = fields.One2many("crm.segment.pick", "segment_id", string="List by Hand")
    pick_count = fields.Integer(string="On the List", compute="_compute_pick_count")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Takes the company's own and the shared customers. Without a company the "
        "segment is shared, too",
    )
    definer_id = fields.Many2one(
        "res.users",
        string="Defined By",
        readonly=True,
        copy=False,
        help="The last person who changed the definition. Customers are looked up with "
        "this person's access, whoever presses Refresh",
    )
    active = fields.Boolean(default=True)
    member_ids = fields.One2many("crm.segment.member", "segment_id", readonly=True)
    member_count = fields.Integer(string="Members", compute="_compute_member_count")
    preview_count = fields.Integer(
        string="Fitting Now",
        compute="_compute_preview",
        help="Customers that fit the definition as it stands on the screen. In an "
        "exclusive family, earlier segments may take some of them",
    )
    preview_error = fields.Char(compute="_compute_preview")
    refreshed_at = fields.Datetime(string="Last Refresh", readonly=True, copy=False)
    problem = fields.Char(
        readonly=True, copy=False, help="Why the last refresh left this segment alone"
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL",
        "Another segment of the company already has this code.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_member_count(self):
        groups = self.env["crm.segment.member"]._read_group(
            [("segment_id", "in", self.ids), ("valid_to", "=", False)],
            ["segment_id"],
            ["__count"],
        )
        counts = {segment.id: count for segment, count in groups}
        for segment in self:
            segment.member_count = counts.get(segment._origin.id, 0)

    def _compute_pick_count(self):
        groups = self.env["crm.segment.pick"]._read_group(
            [("segment_id", "in", self.ids)], ["segment_id"], ["__count"]
        )
        counts = {segment.id: count for segment, count in groups}
        for segment in self:
            segment.pick_count = counts.get(segment._origin.id, 0)

    @api.depends(lambda self: self._get_preview_names())
    @api.depends_context("lang")
    def _compute_preview(self):
        for segment in self:
            try:
                segment.explanation = segment._explain()
                segment.preview_count = segment._count_fitting()
                segment.preview_error = False
            except UserError as error:
                segment.explanation = False
                segment.preview_count = 0
                segment.preview_error = str(error)

    @api.model
    def _get_preview_names(self):
        names = self.env["crm.segment.condition"]._get_definition_names()
        own = ["domain", "match", "company_id", "pick_ids"]
        return own + [f"condition_ids.{name}" for name in names]

    @api.constrains("domain", "match", "company_id", "condition_ids")
    def _check_definition(self):
        for segment in self.exists():
            try:
                segment._count_fitting(limit=1)
            except ValidationError:
                raise
            except UserError as error:
                raise ValidationError(str(error)) from error

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._sign(vals, always=True) for vals in vals_list])

    def write(self, vals):
        return super().write(self._sign(vals))

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for segment, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%(name)s (copy)", name=segment.name)
        return vals_list

    @api.model
    def _sign(self, vals, always=False):
        """Note who gave the definition; nobody can sign for another."""
        vals = {name: value for name, value in vals.items() if name != "definer_id"}
        if always or {"domain", "condition_ids", "match", "company_id"} & set(vals):
            vals["definer_id"] = self.env.uid
        return vals

    def _sign_definition(self):
        """Whoever changes a condition has changed the definition of its segment."""
        stale = self.filtered(lambda segment: segment.definer_id != self.env.user)
        stale.write({"condition_ids": []})  # changes nothing, but `write` signs

    # ------------------------------------------------------------------ buttons

    def action_refresh(self):
        """Queue a refresh of these segments (all, if none are given) and show it."""
        run = self.env["crm.segment.run"].create({"segment_ids": [(6, 0, self.ids)]})
        run.action_start()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.segment.run",
            "res_id": run.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_members(self):
        """Open who is in now, since when and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_segment_member"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("segment_id", "=", self.id)],
            "context": {"search_default_current": 1},
        }

    def action_open_history(self):
        """Open the graph of the segment's size over time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_segment_movement"
        )
        return {
            **action,
            "display_name": self.env._("Size of %(name)s", name=self.name),
            "domain": [("segment_id", "=", self.id)],
        }

    def action_open_actions(self):
        """Open what was done for customers who entered or left."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_segment_event"
        )
        return {**action, "domain": [("segment_id", "=", self.id)]}

    # ------------------------------------------------------------------ as of

    def _members_on(self, date):
        """Customers in one of these segments on `date`, as far as the reader may see.

        The first day in counts, the day of leaving does not.
        """
        members = self.env["crm.segment.member"].search_fetch(
            [("segment_id", "in", self.ids), ("as_of", "=", date)], ["partner_id"]
        )
        return members.partner_id
