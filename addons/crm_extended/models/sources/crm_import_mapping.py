from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...intake.layout import ENCODINGS, Layout
from ...intake.mapping import Forms
from ...intake.targets import CUSTOMER, PURCHASE
from ...intake.values import DATE_FORMS

WHAT = [
    ("customers", "Customers"),
    ("purchases", "Purchases of known customers"),
    ("both", "Purchases with their customers"),
]
KINDS = [
    ("csv", "Separated text (CSV)"),
    ("xlsx", "Excel workbook (XLSX)"),
    ("fixed", "Fixed places on each line"),
    ("blank", "Columns between blanks"),
]
DELIMITERS = [
    (",", "Comma ,"),
    (";", "Semicolon ;"),
    ("tab", "Tabulator"),
    ("|", "Bar |"),
]
QUOTES = [('"', 'Double "'), ("'", "Single '"), ("none", "None")]
THOUSANDS = [
    ("none", "None"),
    ("space", "Blank"),
    (",", "Comma ,"),
    (".", "Point ."),
    ("'", "Apostrophe '"),
]
ALWAYS = {
    "customers": {"customer_key"},
    "purchases": {"customer_key", "date", "amount"},
}
ALWAYS["both"] = ALWAYS["purchases"]


class ImportMapping(models.Model):
    """What a kind of file looks like and which of its columns fills which field.

    It is agreed once with whoever delivers the file and used for every file of that
    kind. Customers are found again by their key at the source, never by name.
    """

    _name = "crm.import.mapping"
    _description = "Import Mapping"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False, help="Name for scripts. Unique within the company.")
    active = fields.Boolean(default=True)
    what = fields.Selection(WHAT, required=True, default="both", string="Rows are")
    source_id = fields.Many2one(
        "crm.source",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Where the file comes from. Keys are unique within a source.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="The purchases belong to this company",
    )
    customers_of_company = fields.Boolean(
        string="Customers of this company only",
        help="Off: new customers are shared by all companies",
    )
    kind = fields.Selection(KINDS, string="File", required=True, default="csv")
    delimiter = fields.Selection(DELIMITERS, default=",")
    quote = fields.Selection(QUOTES, string="Quotation mark", default='"')
    encoding = fields.Selection(
        [
            (name, "Unicode, recognised" if name == "auto" else name)
            for name in ENCODINGS
        ],
        required=True,
        default="auto",
        help="If letters with accents look wrong in the preview, try another. "
        "Central Europe: cp1250. Western Europe: cp1252.",
    )
    sheet = fields.Char(help="Name of the sheet in the workbook. Empty: the first")
    has_header = fields.Boolean(string="First row holds names of columns", default=True)
    skip_rows = fields.Integer(string="Rows to skip at the top")
    date_form = fields.Selection(
        [(form, form) for form in DATE_FORMS],
        string="Dates look like",
        required=True,
        default="YYYY-MM-DD",
    )
    decimal_mark = fields.Selection(
        [(".", "Point ."), (",", "Comma ,")], required=True, default="."
    )
    thousands_mark = fields.Selection(THOUSANDS, required=True, default="none")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of the amounts that name no currency of their own",
    )
    amount_limit = fields.Float(
        string="Largest believable number",
        required=True,
        default=1_000_000,
        help="A row with a larger amount or quantity is reported as a mistake",
    )
    allow_negative = fields.Boolean(
        string="Negative amounts are returns",
        default=True,
        help="Off: a row with a negative amount is reported as a mistake",
    )
    name_template = fields.Char(
        string="Name of customers without a name",
        help="{key} stands for the customer's key, as in: Customer {key}",
    )
    key_kind = fields.Selection(
        [("column", "Has its own number"), ("composed", "Is known by its values")],
        string="A purchase",
        required=True,
        default="column",
        help="Known by its values: from those marked as part of the key, and how many "
        "times they came before in the file. Two equal lines are two purchases.",
    )
    all_or_nothing = fields.Boolean(
        help="On: if any row has a problem, no row is imported. "
        "Off: good rows are imported, the others are reported."
    )
    line_ids = fields.One2many(
        "crm.import.mapping.line", "mapping_id", string="Columns", copy=True
    )
    note = fields.Text(help="Who delivers the file, when, and what to mind")

    _code_uniq = models.Constraint(
        "UNIQUE (code, company_id)",
        "Another mapping of this company has the same code. Choose a different code.",
    )
    _skip_positive = models.Constraint(
        "CHECK (skip_rows BETWEEN 0 AND 1000)", "Skip between 0 and 1000 rows."
    )

    @api.constrains("amount_limit")
    def _check_amount_limit(self):
        for mapping in self:
            if not 0 < mapping.amount_limit <= 1e12:
                raise ValidationError(
                    self.env._(
                        "The largest believable number must be between 0 and 10^12."
                    )
                )

    @api.constrains("line_ids", "what", "key_kind", "kind")
    def _check_columns(self):
        for mapping in self:
            targets = set(mapping.line_ids.mapped("target"))
            missing = mapping._get_needed_targets() - targets
            if missing:
                lines = mapping.line_ids
                labels = dict(lines._fields["target"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "Mapping %(name)s: add a column for %(fields)s.",
                        name=mapping.name,
                        fields=", ".join(labels[t] for t in sorted(missing)),
                    )
                )
            mapping._check_places()

    def _check_places(self):
        if self.kind == "fixed" and any(
            line.start < 1 or line.width < 1 for line in self.line_ids if line.column
        ):
            raise ValidationError(
                self.env._(
                    "In a file with fixed places each column needs its start (from 1) "
                    "and width."
                )
            )

    def _get_needed_targets(self):
        needed = set(ALWAYS[self.what])
        if self.what != "customers" and self.key_kind == "column":
            needed.add("purchase_key")
        return needed

    @api.onchange("key_kind")
    def _onchange_key_kind(self):
        """Start from the values that tell purchases apart in most files."""
        if self.key_kind == "composed" and not any(self.line_ids.mapped("in_key")):
            usual = ("customer_key", "date", "product_code", "product_name", "amount")
            for line in self.line_ids:
                line.in_key = line.target in usual

    # ------------------------------------------------------------------ for the import

    def _get_entities(self):
        """The parts of a row that are used: customer, purchase."""
        self.ensure_one()
        entities = {CUSTOMER} if self.what in ("customers", "both") else set()
        return entities | ({PURCHASE} if self.what != "customers" else set())

    def _get_layout(self):
        """The shape of the file as the reader wants it."""
        self.ensure_one()
        lines = self._get_used_lines().filtered("column")
        return Layout(
            kind=self.kind,
            delimiter="\t" if self.delimiter == "tab" else self.delimiter or ",",
            quote="" if self.quote == "none" else self.quote or "",
            encoding=self.encoding,
            has_header=self.has_header,
            skip_rows=self.skip_rows,
            slices=tuple((line.start, line.width) for line in lines),
            sheet=self.sheet or "",
        )

    def _get_forms(self):
        """How dates and numbers are written; a purchase of tomorrow is a mistake."""
        self.ensure_one()
        marks = {"none": "", "space": " "}
        return Forms(
            date_form=self.date_form,
            decimal=self.decimal_mark,
            thousands=marks.get(self.thousands_mark, self.thousands_mark),
            latest=fields.Date.context_today(self),
            amount_limit=_plain(self.amount_limit),
            allow_negative=self.allow_negative,
        )

    def _get_used_lines(self):
        """The columns that the chosen kind of rows needs; a customer's key always."""
        self.ensure_one()
        entities = self._get_entities()
        return self.line_ids.filtered(
            lambda line: line.target == "customer_key" or line._get_entity() in entities
        )


def _plain(number):
    """A float as people write it: 1000000, not 1000000.0 or 1E+6.

    >>> str(_plain(1e6)), str(_plain(0.5))
    ('1000000', '0.5')
    """
    exact = Decimal(repr(number))
    return Decimal(int(exact)) if exact == int(exact) else exact
