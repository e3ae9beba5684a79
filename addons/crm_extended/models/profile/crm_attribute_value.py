from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from .crm_attribute import AXES

CHOSEN = "crm_attribute_chosen"


def get_axis_view(axis):
    """Name of the SQL view with the choices that customers are grouped by."""
    return f"crm_attribute_axis_{axis}"


class CrmAttributeValue(models.Model):
    """What one attribute says about one customer: since when, who says so, how sure.

    A new value ends the old one, which stays as history. Rows are written in sets by
    `_store` (see `crm_attribute_store.py`), never by people directly. `slot` tells the
    values of one attribute apart where several hold at once; it is 0 where one does.
    """

    _name = "crm.attribute.value"
    _description = "Attribute of a Customer"
    _order = "partner_id, attribute_id, valid_from desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    attribute_id = fields.Many2one("crm.attribute", required=True, ondelete="restrict")
    kind = fields.Selection(related="attribute_id.kind")
    code = fields.Char(related="attribute_id.code")
    slot = fields.Integer(required=True, default=0)
    value_text = fields.Char(string="Text")
    value_number = fields.Float(string="Number", aggregator="avg")
    value_date = fields.Date(string="Day")
    value_flag = fields.Boolean(string="Yes")
    choice_id = fields.Many2one(
        "crm.attribute.choice", index="btree_not_null", ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="cascade"
    )
    category_id = fields.Many2one(
        "product.category", index="btree_not_null", ondelete="cascade"
    )
    shown = fields.Char(string="Value", compute="_compute_shown")
    valid_from = fields.Datetime(string="Since", required=True)
    valid_to = fields.Datetime(string="Until", help="Empty while the value holds")
    confirmed_at = fields.Datetime(
        string="Last Confirmed", help="When somebody last said the same"
    )
    source_id = fields.Many2one(
        "crm.source",
        index="btree_not_null",
        ondelete="set null",
        help="Where it is known from; empty: entered by hand",
    )
    certainty = fields.Integer(
        default=100, aggregator="avg", help="How sure it is: 0 = a guess, 100 = proven"
    )
    user_id = fields.Many2one("res.users", string="Author", ondelete="set null")
    ended_by_id = fields.Many2one(
        "res.users", string="Ended by", ondelete="set null", help="Who said otherwise"
    )
    outvoted = fields.Boolean(
        help="Said by a source that is believed less than the value that held then"
    )

    _current_uniq = models.UniqueIndex(
        "(partner_id, attribute_id, slot) WHERE valid_to IS NULL",
        "An attribute has one current value.",
    )
    _partner_idx = models.Index("(partner_id, attribute_id)")
    _attribute_idx = models.Index("(attribute_id) WHERE valid_to IS NULL")
    _certainty_range = models.Constraint(
        "CHECK (certainty BETWEEN 0 AND 100)", "Certainty is between 0 and 100."
    )

    def init(self):
        """Views of the pairs of customer and choice; see `ViewMany2many`."""
        chosen = SQL(
            "SELECT v.partner_id, v.choice_id FROM crm_attribute_value v "
            "JOIN crm_attribute a ON a.id = v.attribute_id "
            "WHERE v.valid_to IS NULL AND v.choice_id IS NOT NULL AND a.active"
        )
        views = {CHOSEN: chosen}
        for axis in range(1, AXES + 1):
            views[get_axis_view(axis)] = SQL("%s AND a.axis = %s", chosen, axis)
        for name, pairs in views.items():
            self.env.cr.execute(
                SQL("CREATE OR REPLACE VIEW %s AS %s", SQL.identifier(name), pairs)
            )

    @api.depends(
        "attribute_id.kind",
        "value_text",
        "value_number",
        "value_date",
        "value_flag",
        "choice_id.name",
        "product_id",
        "category_id",
    )
    @api.depends_context("lang")
    def _compute_shown(self):
        for row in self:
            row.shown = row._show()

    def _show(self):
        self.ensure_one()
        kind = self.kind
        if kind == "number":
            whole = self.value_number == int(self.value_number)
            number = formatLang(self.env, self.value_number, digits=0 if whole else 2)
            return " ".join(filter(None, [number, self.attribute_id.unit]))
        if kind == "date":
            return format_date(self.env, self.value_date)
        if kind == "flag":
            return self.env._("Yes") if self.value_flag else self.env._("No")
        if kind in ("choice", "choices"):
            return self.choice_id.name
        if kind == "product":
            return self.product_id.display_name
        if kind == "category":
            return self.category_id.display_name
        return self.value_text

    @api.depends("attribute_id", "shown")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.attribute_id.name}: {row.shown}"

    @api.model
    def _search_display_name(self, operator, value):
        """Looked up by the name of the attribute."""
        return Domain("attribute_id", operator, value)
