from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...identity.compare import KINDS, Comparison

COLUMNS = [
    ("given", "Given Name"),
    ("family", "Family Name"),
    ("name", "Whole Name"),
    ("email", "E-mail"),
    ("domain", "Web or Mail Domain"),
    ("phone", "Phone"),
    ("vat", "Tax ID"),
    ("ref", "Reference"),
    ("birth", "Date of Birth"),
    ("personal", "Personal Number"),
    ("address", "Address (Street to City)"),
    ("street", "Street"),
    ("house", "House Number"),
    ("street2", "Second Address Line"),
    ("city", "City"),
    ("zip", "Postcode"),
    ("country", "Country"),
]
WAYS = [
    ("name", "Name: equal, swapped, alike"),
    ("text", "Text: equal, nearly equal, alike"),
    ("number", "Number or date: equal, one typo, two typos"),
    ("short", "Short code: equal, one typo"),
    ("email", "E-mail: equal, same user, alike"),
    ("exact", "Equal or not"),
    ("address", "Address: same house down to same city"),
]
LONGEST = 40


class CrmMatchComparison(models.Model):
    """One thing that two records are compared by, and how finely."""

    _name = "crm.match.comparison"
    _description = "Comparison of Records"
    _order = "sequence, id"

    setting_id = fields.Many2one(
        "crm.match.setting", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    field = fields.Selection(COLUMNS, required=True, string="Compared")
    name = fields.Char(
        string="Label", compute="_compute_name", store=True, readonly=False,
        required=True, precompute=True, translate=True,
    )  # fmt: skip
    kind = fields.Selection(WAYS, required=True, default="exact", string="How")
    levels = fields.Char(
        compute="_compute_levels", help="Degrees of agreement, the best first"
    )
    frequency = fields.Boolean(
        string="Rare Counts More",
        help="To share a rare name is stronger evidence than to share a usual one.",
    )
    veto = fields.Boolean(
        string="Must Not Differ",
        help="A pair that differs here is never certain: a person decides, whatever "
        "else agrees.",
    )

    _field_uniq = models.Constraint(
        "UNIQUE (setting_id, field)", "Each value is compared once."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()  # how customers are compared on entry
        return lines

    def write(self, vals):
        done = super().write(vals)
        self.env.registry.clear_cache()
        return done

    def unlink(self):
        done = super().unlink()
        self.env.registry.clear_cache()
        return done

    @api.depends("field")
    def _compute_name(self):
        names = dict(self._fields["field"]._description_selection(self.env))
        for line in self:
            line.name = names.get(line.field, "")

    @api.depends("kind", "field")
    def _compute_levels(self):
        for line in self:
            fits = line.field and line.kind and line._fits()
            line.levels = " > ".join(line._get_comparison().codes) if fits else False

    def _fits(self):
        return (self.kind == "address") == (self.field == "address")

    @api.constrains("field", "kind", "frequency")
    def _check_kind(self):
        for line in self:
            if not line._fits():
                raise ValidationError(
                    self.env._(
                        "%(name)s: an address is compared as an address, and nothing "
                        "else is.",
                        name=line.name,
                    )
                )

    @api.onchange("field")
    def _onchange_field(self):
        usual = {"given": "name", "family": "name", "name": "text", "email": "email"}
        usual |= dict.fromkeys(("phone", "vat", "birth", "personal"), "number")
        usual |= {"address": "address", "street2": "text", "city": "text"}
        self.kind = usual.get(self.field, "exact")

    def _get_comparison(self):
        self.ensure_one()
        kind = self.kind if self.kind in KINDS else "exact"
        frequency = self.frequency and kind != "address"
        label = (self.name or "")[:LONGEST]
        return Comparison(self.field, kind, label, frequency, self.veto)
