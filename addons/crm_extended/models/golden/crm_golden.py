from odoo import api, fields, models
from odoo.tools import html2plaintext

from .crm_survivorship_rule import STRATEGIES

# why a value is believed where no strategy decided
REASONS = [
    ("pinned", "Pinned by a Person"),
    ("only", "Only Source"),
    ("same", "All Sources Agree"),
    ("tie", "Equal: Trusted, then Newer"),
    ("filled", "The Other Had None"),
    ("chosen", "Chosen at the Merge"),
]


class Golden(models.Model):
    """What is believed about one field of a customer, and where it comes from.

    A row is a decision: it is kept where several records speak, where a person entered
    or pinned the value. What one source alone says needs no decision and has no row,
    so that a million imported customers do not cost ten million rows.
    """

    _name = "crm.golden"
    _description = "Golden Value"
    _inherit = "crm.kept.mixin"
    _order = "partner_id, field, id"
    _rec_name = "field"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    field = fields.Char(required=True, readonly=True, help="Its name on the customer")
    label = fields.Char(string="Field Label", compute="_compute_label")
    value = fields.Json(string="Kept Value", readonly=True)
    value_text = fields.Char(string="Value", compute="_compute_value_text")
    source_id = fields.Many2one(
        "crm.source", readonly=True, index="btree_not_null", ondelete="set null"
    )
    record_id = fields.Many2one(
        "crm.source.record",
        string="Source Record",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    origin_partner_id = fields.Many2one(
        "res.partner",
        string="Came from",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The customer record that had this value before the merge",
    )
    rule = fields.Selection(
        STRATEGIES + REASONS, string="Because", required=True, readonly=True
    )
    observed_at = fields.Datetime(
        string="Said on", readonly=True, help="When its source said it first"
    )
    decided_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="set null"
    )
    pinned = fields.Boolean(
        readonly=True, help="Stays, whatever the sources say, until it is unpinned"
    )

    _field_uniq = models.UniqueIndex(
        "(partner_id, field)", "A field of a customer has one golden value."
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Golden values follow from sources and rules: %(fields)s cannot be "
            "entered. Change the customer, or use one of its sources' values.",
            fields=labels,
        )

    @api.depends("field")
    @api.depends_context("lang")
    def _compute_label(self):
        for golden in self:
            field = self.env["res.partner"]._fields.get(golden.field)
            golden.label = (
                field._description_string(self.env) if field else golden.field
            )

    @api.depends("field", "value")
    @api.depends_context("lang")
    def _compute_value_text(self):
        shown = self._show_values((g.field, g.value) for g in self)
        for golden, text in zip(self, shown, strict=True):
            golden.value_text = text

    @api.model
    def _show_values(self, pairs):
        """Texts for people, names of related records in one query per model.

        :param pairs: (field name, value as a record says it)
        """
        pairs = list(pairs)
        partner_fields = self.env["res.partner"]._fields
        names = {}
        for name in {name for name, _value in pairs}:
            field = partner_fields.get(name)
            if field and field.type == "many2one":
                ids = {v for n, v in pairs if n == name and isinstance(v, int)}
                found = self.env[field.comodel_name].sudo().browse(ids).exists()
                names[name] = {record.id: record.display_name for record in found}
            elif field and field.type == "selection":
                names[name] = dict(field._description_selection(self.env))
        return [self._show(n, v, names.get(n), partner_fields.get(n)) for n, v in pairs]

    @api.model
    def _show(self, name, value, names, field):
        if value is None or value == "" or (value is False and name != "is_company"):
            return ""
        if isinstance(value, bool):
            return self.env._("Yes") if value else self.env._("No")
        if names is not None:
            return names.get(value, str(value))
        if field is not None and field.type == "html":
            return " ".join(html2plaintext(value).split())
        return str(value)

    @api.model
    def _show_together(self, names, values):
        """Values that belong together in one line, as an address on an envelope."""
        pairs = [(name, values.get(name)) for name in names]
        return ", ".join(text for text in self._show_values(pairs) if text)
