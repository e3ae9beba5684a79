from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

DEPTH = 8  # of groups in groups; nobody reads more


class CrmSegmentCondition(models.Model):
    """One thing that must hold of a customer, or a group of such things.

    Its kind (`subject`) decides what is looked at. An addon adds a kind by
    `selection_add`, the fields it needs, and three methods named after it:

    - `_test_KIND(plan)`: SQL test of the customer `res_partner`, see `Plan`. It names
      in `plan.reads` what the answer follows from, see `crm.segment._touches`;
    - `_describe_KIND()`: the condition in words;
    - `_check_KIND()`: raise a `UserError` where something is missing.

    `_held_KIND(plan, test)` may add what decided on one customer, as SQL text.
    """

    _name = "crm.segment.condition"
    _description = "Condition of a Segment"
    _order = "segment_id, sequence, id"
    _parent_name = "parent_id"

    segment_id = fields.Many2one(
        "crm.segment",
        required=True,
        index=True,
        ondelete="cascade",
        compute="_compute_segment_id",
        store=True,
        readonly=False,
        precompute=True,
        recursive=True,
    )
    parent_id = fields.Many2one(
        "crm.segment.condition", string="In Group", index=True, ondelete="cascade"
    )
    child_ids = fields.One2many(
        "crm.segment.condition", "parent_id", string="Conditions in It", copy=True
    )
    sequence = fields.Integer(default=10)
    subject = fields.Selection(
        [("score", "Score"), ("group", "Group of Conditions")],
        string="Looks At",
        default="score",
        required=True,
    )
    negate = fields.Boolean(
        string="Not", help="Those customers of whom the condition does not hold"
    )
    match = fields.Selection(
        [("all", "all of them"), ("any", "any of them")],
        string="Must Hold",
        default="all",
        required=True,
    )
    company_id = fields.Many2one(related="segment_id.company_id", store=True)
    words = fields.Char(
        string="Condition in Words", compute="_compute_words", recursive=True
    )

    @api.depends("parent_id.segment_id")
    def _compute_segment_id(self):
        """What is in a group belongs to the segment of the group."""
        for condition in self.filtered("parent_id"):
            condition.segment_id = condition.parent_id.segment_id

    @api.depends_context("lang")
    @api.depends(lambda self: self._get_definition_names())
    def _compute_words(self):
        for condition in self:
            try:
                condition._check_complete()
                condition.words = condition._describe()
            except UserError as error:
                condition.words = str(error)

    @api.depends("words")
    def _compute_display_name(self):
        for condition in self:
            condition.display_name = condition.words

    @api.model
    def _get_definition_names(self):
        """Fields that make up the definition; override to add those of a kind."""
        return ["subject", "negate", "match", "child_ids.words"]

    # ------------------------------------------------------------------ checks

    @api.constrains(lambda self: self._get_checked_names())
    def _check_definition(self):
        for condition in self:
            condition._check_complete()
        self.segment_id._check_definition()

    @api.model
    def _get_checked_names(self):
        return [name.split(".")[0] for name in self._get_definition_names()]

    @api.constrains("parent_id", "child_ids", "segment_id")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A group of conditions cannot be in itself.")
            )
        for condition in self:
            group, depth = condition.parent_id, 0
            while group:
                group, depth = group.parent_id, depth + 1
            if depth > DEPTH:
                raise ValidationError(
                    self.env._("Groups are nested at most %(depth)s deep.", depth=DEPTH)
                )
            parent = condition.parent_id
            if parent and (
                parent.subject != "group" or parent.segment_id != condition.segment_id
            ):
                raise ValidationError(
                    self.env._("Conditions are put into a group of the same segment.")
                )

    def _check_complete(self):
        """:raises UserError: the condition cannot be used yet, with what is missing"""
        self.ensure_one()
        self._call("check")

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        conditions = super().create(
            [self._prepare_created_values(dict(vals)) for vals in vals_list]
        )
        conditions.segment_id._sign_definition()
        return conditions

    @api.model
    def _prepare_created_values(self, vals):
        """Override to fill what follows from the other values."""
        if vals.get("parent_id"):
            vals["segment_id"] = self.browse(vals["parent_id"]).segment_id.id
        return vals

    def write(self, vals):
        self.segment_id._sign_definition()  # before: the line may move elsewhere
        result = super().write(vals)
        self.segment_id._sign_definition()
        return result

    def unlink(self):
        segments = self.segment_id
        result = super().unlink()
        segments._sign_definition()
        return result

    def copy_data(self, default=None):
        """A copied group takes its conditions along, under the copied segment."""
        vals_list = super().copy_data(default=default)
        for vals in vals_list:
            if "segment_id" not in (default or {}):
                continue
            for command in vals.get("child_ids") or ():
                command[2].pop("segment_id", None)
        return vals_list

    # ------------------------------------------------------------------ SQL

    def _call(self, step, *args):
        """The method of the condition's kind, or the common one of that name."""
        method = getattr(self, f"_{step}_{self.subject}", None)
        method = method or getattr(self, f"_{step}_any")
        return method(*args)

    def _get_test(self, plan):
        """SQL test of one customer; NULL counts as no."""
        self.ensure_one()
        self._check_complete()
        test = self._call("test", plan)
        return SQL("((%s) IS NOT TRUE)", test) if self.negate else test

    def _get_held(self, plan, chosen=False):
        """SQL texts of what decided on one customer, NULL where it did not.

        :param chosen: which of several holds is worth telling by itself
        """
        self.ensure_one()
        if self.negate:
            return []
        if self.subject == "group":
            chosen = chosen or self.match == "any"
            children = self._get_children()
            return [text for c in children for text in c._get_held(plan, chosen)]
        test = self._call("test", plan)
        held = self._call("held", plan, test)
        if held is None and chosen:
            held = SQL("%s", self._describe())
        return [] if held is None else [SQL("CASE WHEN %s THEN %s END", test, held)]

    def _get_children(self):
        return self.child_ids.sorted(lambda c: (c.sequence, c._origin.id))

    def _check_any(self):
        pass

    def _held_any(self, plan, test):
        return None

    def _check_group(self):
        if not self.child_ids:
            raise UserError(self.env._("The group holds no condition yet."))

    def _test_group(self, plan):
        tests = [SQL("(%s)", child._get_test(plan)) for child in self._get_children()]
        glue = SQL(" AND ") if self.match == "all" else SQL(" OR ")
        return SQL("(%s)", glue.join(tests))

    # ------------------------------------------------------------------ in words

    def _describe(self):
        """The condition in words: R 4 to 5."""
        self.ensure_one()
        words = self._call("describe")
        if not self.negate:
            return words
        if self.subject == "group" and words.startswith("("):
            words = words[1:-1]
        return self.env._("not (%(words)s)", words=words)

    def _describe_group(self):
        told = [child._describe() for child in self._get_children()]
        glue = self.env._(" or ") if self.match == "any" else self.env._(" and ")
        return f"({glue.join(told)})" if len(told) > 1 else "".join(told)
