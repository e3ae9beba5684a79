from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...intake.attribute_values import REFERRING, SEVERAL, read_value
from ...intake.problems import CellProblem
from ...loading.wording import word

KINDS = [
    ("text", "Text"),
    ("number", "Number"),
    ("date", "Date"),
    ("flag", "Yes or No"),
    ("choice", "One Choice"),
    ("choices", "Several Choices"),
    ("product", "Products"),
    ("category", "Product Categories"),
]
APPLIES_TO = [
    ("both", "Persons and Companies"),
    ("person", "Persons"),
    ("company", "Companies"),
]
AXES = 12  # attributes that customers can be grouped by at once


class CrmAttributeGroup(models.Model):
    """A part of the customer's profile, as Demographics or Buying Habits."""

    _name = "crm.attribute.group"
    _description = "Part of the Profile"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    attribute_ids = fields.One2many("crm.attribute", "group_id", string="Attributes")


class CrmAttribute(models.Model):
    """One thing that marketing wants to know of customers, typed, without a programmer.

    Odoo's properties were considered (`res.partner.properties` exists) and not taken:
    they have no history, no source and no certainty, and each value would be an update
    of the wide customer row. Values therefore are rows of their own, as scores are. For
    grouping, a choice attribute takes one of a few places on the customer
    (`profile_axis_1_ids` and so on, see `profile/res_partner.py`).
    """

    _name = "crm.attribute"
    _description = "Attribute of Customers"
    _order = "group_sequence, group_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short technical name, unique. Imports fill attribute:CODE, searches ask "
        "for CODE = value.",
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        default="text",
        help="Cannot be changed once it has values",
    )
    group_id = fields.Many2one(
        "crm.attribute.group", required=True, index=True, ondelete="restrict"
    )
    group_sequence = fields.Integer(
        string="Order of the Part", related="group_id.sequence", store=True
    )
    sequence = fields.Integer(default=10)
    applies_to = fields.Selection(APPLIES_TO, required=True, default="both")
    is_personal = fields.Boolean(
        string="Personal Data",
        default=True,
        help="Tells something about a person: given out on request, erased on request",
    )
    unit = fields.Char(translate=True, help="What one is: persons, EUR a year")
    description = fields.Text(
        string="Help", translate=True, help="Shown to those who fill it in"
    )
    choice_ids = fields.One2many(
        "crm.attribute.choice", "attribute_id", string="Choices", copy=True
    )
    groupable = fields.Boolean(
        string="Customers Grouped by It",
        help="Offers the attribute in Group By of the customers. For choices only.",
    )
    axis = fields.Integer(readonly=True, copy=False)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: shared by all companies"
    )
    value_count = fields.Integer(string="Customers", compute="_compute_value_count")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another attribute has this code, maybe an archived one."
    )
    _axis_uniq = models.UniqueIndex("(axis) WHERE axis > 0")

    # ------------------------------------------------------------------ checks

    @api.constrains("code")
    def _check_code(self):
        for attribute in self:
            code = attribute.code
            plain = code.replace("_", "a")
            if not (plain.isascii() and plain.isalnum() and code == code.lower()):
                raise ValidationError(
                    self.env._(
                        "Code %(code)s: use small letters, digits and _ only, as in "
                        "birth_date.",
                        code=code[:80],
                    )
                )

    @api.constrains("kind", "groupable")
    def _check_groupable(self):
        for attribute in self:
            if attribute.groupable and attribute.kind not in ("choice", "choices"):
                raise ValidationError(
                    self.env._(
                        "%(name)s: customers are grouped by attributes with choices "
                        "only.",
                        name=attribute.name,
                    )
                )

    def _check_kind_free(self):
        # sudo: values of customers that the user may not see count too
        values = self.env["crm.attribute.value"].sudo()
        used = values.search([("attribute_id", "in", self.ids)], limit=1).attribute_id
        if used:
            raise UserError(
                self.env._(
                    "%(name)s has values already, so its kind stays. Archive it and "
                    "add a new attribute.",
                    name=used.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: values of customers that the user may not see count too
        values = self.env["crm.attribute.value"].sudo()
        used = values.search([("attribute_id", "in", self.ids)], limit=1).attribute_id
        if used:
            raise UserError(
                self.env._(
                    "%(name)s has values of customers. Archive it instead: the values "
                    "are kept and no longer shown.",
                    name=used.name,
                )
            )

    def _compute_value_count(self):
        groups = self.env["crm.attribute.value"]._read_group(
            [("attribute_id", "in", self.ids), ("valid_to", "=", False)],
            ["attribute_id"],
            ["partner_id:count_distinct"],
        )
        counts = {attribute.id: count for attribute, count in groups}
        for attribute in self:
            attribute.value_count = counts.get(attribute.id, 0)

    # ------------------------------------------------------------------ writing

    @api.model_create_multi
    def create(self, vals_list):
        attributes = super().create(vals_list)
        attributes._assign_axes()
        return attributes

    def write(self, vals):
        if "kind" in vals and any(one.kind != vals["kind"] for one in self):
            self._check_kind_free()
        done = super().write(vals)
        if vals.keys() & {"groupable", "active", "kind"}:
            self._assign_axes()
        elif vals.keys() & {"name", "sequence", "group_id"}:
            self._forget_views()
        return done

    def unlink(self):
        self._forget_views()
        return super().unlink()

    def _forget_views(self):
        """The customers' search view names the attributes that group."""
        self.env.registry.clear_cache("templates")

    def _assign_axes(self):
        """Each attribute that groups takes a free place; others give theirs back.

        :raises UserError: all places are taken
        """
        places = self.sudo().with_context(active_test=False)
        for attribute in places.browse(self.ids):
            wants = attribute.groupable and attribute.active
            if wants == bool(attribute.axis):
                continue
            if not wants:
                attribute.axis = 0
                continue
            taken = set(places.search([("axis", ">", 0)]).mapped("axis"))
            free = set(range(1, AXES + 1)) - taken
            if not free:
                raise UserError(
                    self.env._(
                        "Customers can be grouped by %(limit)s attributes at once. "
                        "Switch it off at another one first.",
                        limit=AXES,
                    )
                )
            attribute.axis = min(free)
        self._forget_views()

    def action_open_values(self):
        """Open the customers of whom this attribute is known."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_attribute_value"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("attribute_id", "=", self.id)],
        }

    # ------------------------------------------------------------------ for others

    @api.model
    def _get_by_code(self, code):
        """The active attribute of a code that the user may see, or none."""
        return self.search([("code", "=", code)], limit=1)

    @api.model
    def _get_for(self, partner):
        """The attributes that this customer's profile shows, in order."""
        kinds = ("both", "company" if partner.is_company else "person")
        domain = Domain("applies_to", "in", kinds)
        if partner.company_id:
            domain &= Domain("company_id", "in", [partner.company_id.id, False])
        return self.search(domain)

    def _read_raw(self, raw):
        """What a caller sent, as a list of typed values; empty takes the value away.

        :raises UserError: the value is of another kind or refers to what is not there
        """
        self.ensure_one()
        try:
            value = read_value(self.kind, raw)
        except CellProblem as problem:
            wrong, remedy = word(self.env, problem.code, problem.details)
            raise UserError(
                self.env._(
                    "%(name)s: %(wrong)s %(remedy)s",
                    name=self.name,
                    wrong=wrong,
                    remedy=remedy,
                )
            ) from None
        values = value if self.kind in SEVERAL else [] if value is None else [value]
        if self.kind in REFERRING:
            self._check_referred(values)
        return values

    def _check_referred(self, ids):
        if self.kind in ("choice", "choices"):
            known = set(self.choice_ids.ids)
        else:
            model = "product.product" if self.kind == "product" else "product.category"
            # only what the user may see can be told of
            known = set(self.env[model].search([("id", "in", ids)]).ids)
        if not known.issuperset(ids):
            raise UserError(
                self.env._(
                    "%(name)s: this is not among what can be chosen. Read the customer "
                    "again and choose from the list.",
                    name=self.name,
                )
            )


class CrmAttributeChoice(models.Model):
    """One of the answers that a choice attribute offers."""

    _name = "crm.attribute.choice"
    _description = "Choice of an Attribute"
    _order = "attribute_id, sequence, id"

    attribute_id = fields.Many2one(
        "crm.attribute", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="What files call it; its name serves, too")
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE (attribute_id, code)",
        "Two choices of an attribute have the same code. Change one.",
    )
