from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...intake.mapping import Column
from ...intake.targets import ATTRIBUTE, ATTRIBUTE_TARGETS, TARGETS

LABELS = [
    ("customer_key", "Customer: key at the source"),
    ("name", "Customer: name"),
    ("is_company", "Customer: is a company (yes/no)"),
    ("email", "Customer: e-mail"),
    ("phone", "Customer: phone"),
    ("street", "Customer: street"),
    ("street2", "Customer: street, second line"),
    ("zip", "Customer: postcode"),
    ("city", "Customer: city"),
    ("country", "Customer: country (code or name)"),
    ("lang", "Customer: language (code)"),
    ("vat", "Customer: tax number"),
    ("ref", "Customer: reference"),
    ("website", "Customer: web site"),
    ("function", "Customer: job position"),
    ("comment", "Customer: comment"),
    ("purchase_key", "Purchase: its number"),
    ("date", "Purchase: date"),
    ("product_code", "Purchase: product (internal reference or barcode)"),
    ("product_name", "Purchase: article as text"),
    ("category", "Purchase: product category"),
    ("quantity", "Purchase: quantity"),
    ("amount", "Purchase: amount"),
    ("cost", "Purchase: cost"),
    ("currency", "Purchase: currency (code)"),
    ("branch", "Purchase: branch (code)"),
    ("channel", "Purchase: channel"),
    ("payment_method", "Purchase: payment method"),
]


class ImportMappingLine(models.Model):
    """One column of the file and the field that it fills."""

    _name = "crm.import.mapping.line"
    _description = "Column of an Import Mapping"
    _order = "sequence, id"
    _rec_name = "column"

    mapping_id = fields.Many2one(
        "crm.import.mapping", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    column = fields.Char(
        help="Its name in the first row, or its number counted from 1. "
        "Empty: every row takes the default."
    )
    start = fields.Integer(help="First character on the line, counted from 1")
    width = fields.Integer(help="Number of characters")
    target = fields.Selection("_select_target", string="Fills", required=True)
    required = fields.Boolean(help="A row that leaves it empty is reported")
    default = fields.Char(help="Taken where the cell is empty")
    translations = fields.Text(
        help="One per line: text of the file = our text, as in: PRG1 = PRAGUE"
    )
    in_key = fields.Boolean(
        string="Part of Key", help="Tells purchases without a number apart"
    )

    _target_uniq = models.Constraint(
        "UNIQUE (mapping_id, target)", "Two columns fill the same field. Remove one."
    )

    @api.constrains("target")
    def _check_target(self):
        """Odoo does not check choices that come from a method."""
        offered = dict(self._select_target())
        for line in self:
            if line.target not in offered:
                raise ValidationError(
                    self.env._(
                        "Column %(column)s: a file cannot fill %(target)s. Choose one "
                        "of the fields offered.",
                        column=line.column or "",
                        target=line.target[:80],
                    )
                )

    @api.constrains("column", "default")
    def _check_column(self):
        for line in self:
            if not (line.column or line.default):
                raise ValidationError(
                    self.env._(
                        "%(field)s needs a column of the file or a default.",
                        field=line._get_target_label(),
                    )
                )

    @api.constrains("translations")
    def _check_translations(self):
        for line in self:
            for text in (line.translations or "").splitlines():
                if text.strip() and "=" not in text:
                    raise ValidationError(
                        self.env._(
                            "Column %(column)s: write each translation as "
                            "old = new; this is not one: %(text)s",
                            column=line.column,
                            text=text[:80],
                        )
                    )

    @api.model
    def _select_target(self):
        """The fields of `LABELS` and the attributes that customers' profiles have."""
        attributes = self.env["crm.attribute"].search([])  # pylint: disable=no-search-all
        return [
            *LABELS,
            *(
                (ATTRIBUTE + one.code, self.env._("Profile: %(name)s", name=one.name))
                for one in attributes
            ),
        ]

    def _get_attribute(self):
        """The attribute that the column fills, or none.

        :raises UserError: it was archived or deleted
        """
        self.ensure_one()
        attributes = self.env["crm.attribute"]
        if not self.target.startswith(ATTRIBUTE):
            return attributes
        code = self.target.removeprefix(ATTRIBUTE)
        found = attributes._get_by_code(code)
        if not found:
            raise UserError(
                self.env._(
                    "Column %(column)s fills the attribute %(code)s, which is not "
                    "there any more. Choose another field, or remove the column.",
                    column=self.column,
                    code=code,
                )
            )
        return found

    def _get_reading(self):
        """How the column is read, an `intake.targets.Target`."""
        attribute = self._get_attribute()
        return ATTRIBUTE_TARGETS[attribute.kind] if attribute else TARGETS[self.target]

    def _get_entity(self):
        return self._get_reading().entity

    def _get_target_label(self):
        labels = dict(self._fields["target"]._description_selection(self.env))
        return labels.get(self.target, self.target)

    def _get_translations(self):
        self.ensure_one()
        pairs = (t.partition("=") for t in (self.translations or "").splitlines())
        return {old.strip().casefold(): new.strip() for old, mark, new in pairs if mark}

    def _get_column(self, place, lookup, needed):
        """The agreement as the mapper wants it.

        :param place: where the column stands: name or number as text
        :param lookup: casefolded text -> value, for what is looked up
        """
        self.ensure_one()
        return Column(
            target=self.target,
            place=place,
            required=self.required or needed,
            default=(self.default or "").strip(),
            translations=self._get_translations(),
            lookup=lookup,
            in_key=self.in_key,
            label=self.column or self.target,
            reading=self._get_reading(),
        )
