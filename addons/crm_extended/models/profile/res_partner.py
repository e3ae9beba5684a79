from lxml import etree

from odoo import api, fields, models
from odoo.fields import Domain

from ...view_relation import ViewMany2many
from .crm_attribute import AXES
from .crm_attribute_value import CHOSEN, get_axis_view

GROUP = "crm_extended.group_customer_user"
AXIS_FIELDS = {axis: f"profile_axis_{axis}_ids" for axis in range(1, AXES + 1)}


def _make_axis(axis):
    return ViewMany2many(
        "crm.attribute.choice",
        relation=get_axis_view(axis),
        column1="partner_id",
        column2="choice_id",
        string=f"Profile {axis}",
        context={"active_test": False},
        groups=GROUP,
        export_string_translation=False,
    )


class ResPartner(models.Model):
    """The customer's profile: attributes, found by and grouped by."""

    _inherit = "res.partner"

    attribute_value_ids = fields.One2many(
        "crm.attribute.value",
        "partner_id",
        string="Attributes",
        domain=[("valid_to", "=", False)],
        readonly=True,
        groups=GROUP,
    )
    profile = fields.Char(
        compute="_compute_profile",
        search="_search_profile",
        groups=GROUP,
        help="Found by lines as: violin, or income_band = high, or birth_date < "
        "1990-01-01. A name alone with = finds those of whom it is known.",
    )
    profile_choice_ids = ViewMany2many(
        "crm.attribute.choice",
        relation=CHOSEN,
        column1="partner_id",
        column2="choice_id",
        string="Profile: All Choices",
        context={"active_test": False},
        groups=GROUP,
    )
    profile_axis_1_ids = _make_axis(1)
    profile_axis_2_ids = _make_axis(2)
    profile_axis_3_ids = _make_axis(3)
    profile_axis_4_ids = _make_axis(4)
    profile_axis_5_ids = _make_axis(5)
    profile_axis_6_ids = _make_axis(6)
    profile_axis_7_ids = _make_axis(7)
    profile_axis_8_ids = _make_axis(8)
    profile_axis_9_ids = _make_axis(9)
    profile_axis_10_ids = _make_axis(10)
    profile_axis_11_ids = _make_axis(11)
    profile_axis_12_ids = _make_axis(12)

    need_ids = fields.One2many("crm.need", "partner_id", string="Needs", groups=GROUP)
    competitor_product_ids = fields.One2many(
        "crm.competitor.product",
        "partner_id",
        string="Competitors' Products",
        groups=GROUP,
    )

    @api.depends("attribute_value_ids")
    @api.depends_context("lang")
    def _compute_profile(self):
        for partner in self:
            values = partner.attribute_value_ids
            partner.profile = "; ".join(values.mapped("display_name")) or False

    @api.model
    def _search_profile(self, operator, value):
        """Any of the lines is answered; see `crm.attribute.value`."""
        if operator in ("ilike", "like", "=ilike", "=like"):
            value = [value]
        elif operator != "in":
            return NotImplemented
        values = self.env["crm.attribute.value"]
        found = Domain.FALSE
        for text in value:
            if not text:
                found |= Domain("attribute_value_ids", "=", False)
                continue
            domain, negated = values._get_question_domain(str(text))
            operator = "not any" if negated else "any"
            found |= Domain("attribute_value_ids", operator, domain)
        return found

    # ------------------------------------------------------------------ grouping

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """The places for grouping carry the names of the attributes that took them."""
        described = super().fields_get(allfields, attributes)
        shown = [axis for axis, name in AXIS_FIELDS.items() if name in described]
        if shown:
            names = self._get_axis_names()
            for axis in shown:
                if axis not in names:
                    del described[AXIS_FIELDS[axis]]
                elif "string" in described[AXIS_FIELDS[axis]]:
                    described[AXIS_FIELDS[axis]]["string"] = names[axis]
        return described

    @api.model
    def _get_axis_names(self):
        """{axis: name of the attribute that customers are grouped by}"""
        attributes = self.env["crm.attribute"].search(
            [
                ("axis", ">", 0),
                ("company_id", "in", [*self.env.companies.ids, False]),
            ]
        )
        return {attribute.axis: attribute.name for attribute in attributes}

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        """Companies may group by attributes of their own."""
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, *self.env.companies.ids) if view_type == "search" else key

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Group By names each attribute that groups."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "search":
            self._add_axes(arch)
        return arch, view

    @api.model
    def _add_axes(self, arch):
        [*places] = arch.xpath("//filter[@name='crm_by_segment']")
        if not places:
            return
        # sudo: the view is kept for all roles; its groups decide who sees the filters
        names = self.sudo()._get_axis_names()
        for axis in sorted(names, reverse=True):
            places[0].addnext(
                etree.Element(
                    "filter",
                    name=f"crm_by_{AXIS_FIELDS[axis]}",
                    string=names[axis],
                    groups=GROUP,
                    context=repr({"group_by": AXIS_FIELDS[axis]}),
                )
            )
