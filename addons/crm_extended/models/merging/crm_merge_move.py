from odoo import api, fields, models

KINDS = [
    ("moved", "Moved"),
    ("json", "Moved Inside a Value"),
    ("kept", "Stayed"),
    ("value", "Value of a Customer"),
    ("row", "Row Rewritten"),
    ("points", "Points Carried Over"),
]
REASONS = [
    ("clash", "The surviving customer has one already"),
    ("check", "Would relate the customer to itself"),
    ("hashed", "Entry secured by a hash, or settled with one"),
    ("debtor", "Another company owes it"),
    ("login", "Archived login"),
    ("row", "Stays with the rest of its row"),
]
OUTCOMES = [
    ("back", "Went Back"),
    ("gone", "Deleted since"),
    ("moved", "Moved elsewhere since"),
    ("edited", "Changed since"),
    ("clash", "The record got one of its own since"),
    ("check", "A rule of the table forbids it"),
    ("hashed", "Secured by a hash since"),
    ("spent", "Points were spent since"),
]


class CrmMergeMove(models.Model):
    """The journal of merges: each row that moved, stayed or changed, and how it was.

    Written by SQL in sets, never by people. `row_id` is the id of the row, in a
    relation without ids that of the other side.
    """

    _name = "crm.merge.move"
    _inherit = "crm.kept.mixin"
    _description = "Moved Reference"
    _order = "id"
    _log_access = False

    merge_id = fields.Many2one(
        "crm.merge", required=True, readonly=True, index=True, ondelete="cascade"
    )
    source_id = fields.Many2one(
        "crm.merge.source", string="Merged Record", readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    table_name = fields.Char(string="Table", required=True, readonly=True)
    column_name = fields.Char(string="Column", readonly=True)
    row_id = fields.Integer(readonly=True, aggregator=None)
    key = fields.Char(readonly=True, help="Place inside the value")
    old_id = fields.Integer(string="From", readonly=True, aggregator=None)
    new_id = fields.Integer(string="To", readonly=True, aggregator=None)
    old_data = fields.Json(string="Before", readonly=True)
    new_data = fields.Json(string="After", readonly=True)
    reason = fields.Selection(REASONS, string="Why It Stayed", readonly=True)
    outcome = fields.Selection(
        OUTCOMES, string="Undone", readonly=True, help="What the undo did with it"
    )
    table_label = fields.Char(string="Kind of Document", compute="_compute_labels")
    row_label = fields.Char(string="Document", compute="_compute_labels")
    before_text = fields.Char(string="Was", compute="_compute_labels")
    after_text = fields.Char(string="Is", compute="_compute_labels")

    def _tell_kept(self, labels):
        return self.env["crm.merge"]._tell_kept(labels)

    @api.depends("table_name", "row_id", "old_data", "new_data", "old_id", "new_id")
    def _compute_labels(self):
        names = self._row_names()
        for move in self:
            move.table_label = self._table_label(move.table_name)
            move.row_label = names.get((move.table_name, move.row_id)) or (
                f"#{move.row_id}" if move.row_id else False
            )
            data = move.kind in ("value", "row", "points")
            move.before_text = _shown(move.old_data if data else move.old_id)
            move.after_text = _shown(move.new_data if data else move.new_id)

    def _row_names(self):
        """{(table, row id): name} of the documents that the reader may see."""
        names = {}
        for table, moves in self.grouped("table_name").items():
            model = self._model_of(table)
            if model is None or not model.has_access("read"):
                continue
            ids = [move.row_id for move in moves if move.row_id]
            domain = [("id", "in", ids)]
            rows = model.with_context(active_test=False).search(domain)
            names |= {(table, row.id): row.display_name for row in rows}
        return names

    @api.model
    def _model_of(self, table):
        """The model that keeps a table, or None for a relation."""
        found = self.env.registry.get(table.replace("_", "."))
        if found is None or found._table != table:
            found = next(
                (
                    model
                    for model in self.env.registry.values()
                    if model._table == table and not model._abstract and model._auto
                ),
                None,
            )
        return self.env[found._name] if found is not None else None

    @api.model
    def _table_label(self, table):
        """What people call the rows of a table."""
        model = self._model_of(table)
        if model is not None:
            return self.env["ir.model"]._get(model._name).name
        field = self._relation_fields().get(table)
        if field is None:
            return table
        owner = self.env["ir.model"]._get(field.model_name).name
        return f"{owner}: {field._description_string(self.env)}"

    @api.model
    def _relation_fields(self):
        return {
            field.relation: field
            for model in self.env.registry.values()
            if not model._abstract and not model._transient
            for field in model._fields.values()
            if field.type == "many2many" and field.store and field.relation
        }

    @api.model
    def _reason_label(self, code):
        labels = dict(self._fields["reason"]._description_selection(self.env))
        return labels.get(code, "")


def _shown(value):
    if value is None or value is False:
        return False
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"
