from pathlib import Path

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...privacy.declaration import CATEGORIES, NONE, SUBJECT, read

TECHNICAL = frozenset(models.MAGIC_COLUMNS) | {"display_name"}
ACTIONS = [
    ("empty", "Emptied"),
    ("pseudonym", "Replaced by a number"),
    ("keep", "Kept"),
    ("delete", "Deleted with its row"),
    ("detach", "Forgets whose it was"),
]


class PersonalData(models.AbstractModel):
    """The map of personal data: which field says what about a person, and its end.

    Subject access, erasure and retention read nothing else. The declarations are files
    (`crm_extended/privacy/declared/*.csv`); an addon adds its own by extending
    `_get_declarations`. A test fails on a stored field of a customer or of a `crm.*`
    model that nobody declared.
    """

    _name = "crm.personal.data"
    _description = "Map of Personal Data"

    @api.model
    def _get_declarations(self):
        """Paths of the declaration files; override to add your addon's.

        One file for each room of the suite, so that two people seldom meet in one.
        """
        folder = Path(tools.file_path("crm_extended/privacy/declared"))
        names = sorted(path.name for path in folder.glob("*.csv"))
        return [f"crm_extended/privacy/declared/{name}" for name in names]

    @api.model
    @tools.ormcache()
    def _get_map(self):
        """{model: [Declared]} of the models that are installed.

        An address may be declared twice: as what it says, and as whose the row is.
        """
        found = {}
        for path in self._get_declarations():
            with tools.file_open(path) as file:
                declared = read(file.read().splitlines(), path)
            for row in declared:
                if row.model in self.env:
                    found.setdefault(row.model, []).append(row)
        return found

    @api.model
    def _get_personal(self, model):
        """Fields of a model that say something about a person, and are there."""
        declared = self._get_map().get(model, [])
        known = self.env[model]._fields
        return [
            row
            for row in declared
            if row.category not in (NONE, SUBJECT) and row.field in known
        ]

    @api.model
    def _get_subjects(self, model):
        """Fields by which rows of a model belong to a person."""
        declared = self._get_map().get(model, [])
        known = self.env[model]._fields
        return [
            row
            for row in declared
            if row.category == SUBJECT and row.field.partition(".")[0] in known
        ]

    @api.model
    def _find_undeclared(self, names=None):
        """Stored fields nobody said anything about, as `model.field`.

        :param names: models to look at; customers and all of `crm.*` by default
        """
        declared = self._get_map()
        if names is None:
            names = [n for n in self.env if n == "res.partner" or n[:4] == "crm."]
        missing = []
        for name in sorted(names):
            model = self.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            known = {row.field for row in declared.get(name, [])}
            if "*" in known:
                continue
            missing += [
                f"{name}.{field.name}"
                for field in model._fields.values()
                if _holds_data(field) and field.name not in known
            ]
        return missing

    @api.model
    def _find_mistakes(self):
        """Declarations that cannot be carried out, in words."""
        mistakes = []
        for name, declared in self._get_map().items():
            model = self.env[name]
            stays = {"keep", "detach"} & {r.action for r in self._get_subjects(name)}
            for row in declared:
                field = model._fields.get(row.field.partition(".")[0])
                if row.field == "*":
                    if row.category != NONE:
                        mistakes.append(f"{row}: * is for models without people only")
                    continue
                if not field:
                    if name[:4] == "crm." and model._module != "crm":
                        mistakes.append(f"{row}: there is no such field")
                    continue
                ends = stays and row.action == "empty" and row.category != SUBJECT
                if (
                    (ends or row.action == "detach")
                    and field.required
                    and field.type not in ("char", "text", "html")
                ):
                    mistakes.append(f"{row}: the field is required, so is never empty")
        return mistakes


class PersonalDataField(models.Model):
    """The map as a list, for the officer and the record of processing activities."""

    _name = "crm.personal.data.field"
    _description = "Personal Data"
    _auto = False
    _order = "model_name, field_name"
    _rec_name = "field_name"

    field_id = fields.Many2one("ir.model.fields", readonly=True)
    model_id = fields.Many2one("ir.model", string="Kind of Record", readonly=True)
    model_name = fields.Char(string="Model", readonly=True)
    field_name = fields.Char(string="Technical Name", readonly=True)
    category = fields.Selection(list(CATEGORIES.items()), readonly=True)
    action = fields.Selection(ACTIONS, string="On Erasure", readonly=True)

    @property
    def _table_query(self):
        found = self.env["crm.personal.data"]._get_map()
        rows = [
            SQL("(%s, %s, %s, %s)", row.model, row.field, row.category, row.action)
            for declared in found.values()
            for row in declared
            if row.category not in (NONE, SUBJECT)
        ]
        return SQL(
            """SELECT f.id, f.id AS field_id, f.model_id, f.model AS model_name,
                      f.name AS field_name, v.category, v.action
                 FROM (VALUES %s) v (model, field, category, action)
                 JOIN ir_model_fields f ON f.model = v.model AND f.name = v.field""",
            SQL(", ").join(rows or [SQL("('', '', '', '')")]),
        )


def _holds_data(field):
    """Whether a field keeps something of its own in the database."""
    if field.name in TECHNICAL or not field.store or field.type == "one2many":
        return False
    if field.type == "many2many":
        # pairs of a view follow from other rows
        return bool(field.relation) and type(field).__name__ == "Many2many"
    return bool(field.column_type) or field.type in ("binary", "image")
