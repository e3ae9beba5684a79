from odoo import api, fields, models

from ...models.merging.crm_merge_move import OUTCOMES


class CrmMergeUndo(models.TransientModel):
    """Undoing merges, after a look at what cannot go back."""

    _name = "crm.merge.undo"
    _description = "Undo Merges"

    merge_ids = fields.Many2many("crm.merge", string="Merges", readonly=True)
    merge_count = fields.Integer(compute="_compute_counts")
    source_ids = fields.Many2many(
        "crm.merge.source",
        string="Records to Take Out",
        domain="[('merge_id', 'in', merge_ids), ('state', '=', 'merged')]",
        help="Take a record off the list to leave it merged",
    )
    source_count = fields.Integer(compute="_compute_counts")
    line_ids = fields.One2many(
        "crm.merge.undo.line", "undo_id", string="What Cannot Go Back", readonly=True
    )
    problem_count = fields.Integer(readonly=True)

    @api.depends("merge_ids", "source_ids")
    def _compute_counts(self):
        for undo in self:
            undo.merge_count = len(undo.merge_ids)
            undo.source_count = len(undo.source_ids)

    @api.model
    def _open(self, merges, sources=None):
        """The wizard for these merges, or only for these records in them."""
        sources = merges._undoable(sources)
        undo = self.create(
            {
                "merge_ids": [fields.Command.set(merges.ids)],
                "source_ids": [fields.Command.set(sources.ids)],
            }
        )
        undo._look()
        return undo._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo Merge"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _look(self):
        self.ensure_one()
        found = self.merge_ids._judge_undo(self.source_ids)
        per_place = {}
        for row in found:
            place = (row["table"], row["column"], row["reason"])
            per_place.setdefault(place, []).append(row)
        self.line_ids.unlink()
        self.env["crm.merge.undo.line"].create(
            [
                {
                    "undo_id": self.id,
                    "label": rows[0]["label"],
                    "what": self._column_label(table, column),
                    "reason": reason,
                    "count": len(rows),
                    "examples": self._examples(table, rows),
                }
                for (table, column, reason), rows in per_place.items()
            ]
        )
        self.problem_count = len(found)

    @api.model
    def _column_label(self, table, column):
        model = self.env["crm.merge.move"]._model_of(table)
        field = model._fields.get(column) if model is not None else None
        return field._description_string(self.env) if field else column

    @api.model
    def _examples(self, table, rows):
        model = self.env["crm.merge.move"]._model_of(table)
        ids = [row["row_id"] for row in rows[:5] if row["row_id"]]
        if model is None or not model.has_access("read"):
            return ", ".join(f"#{id_}" for id_ in ids)
        records = model.with_context(active_test=False).search([("id", "in", ids)])
        known = {record.id: record.display_name for record in records}
        return ", ".join(known.get(id_) or f"#{id_}" for id_ in ids)

    def action_look(self):
        """Look again, for the records that are still on the list."""
        self._look()
        return self._show()

    def action_undo(self):
        """Take the records apart; what is listed stays as it is."""
        self.ensure_one()
        self.merge_ids._undo(self.source_ids)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s records are separate again.", count=self.source_count
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class CrmMergeUndoLine(models.TransientModel):
    """What an undo leaves as it is: kind of document, why, examples."""

    _name = "crm.merge.undo.line"
    _description = "What Cannot Go Back"

    undo_id = fields.Many2one("crm.merge.undo", required=True, ondelete="cascade")
    label = fields.Char(string="Kind of Document")
    what = fields.Char(string="Field")
    reason = fields.Selection(OUTCOMES, string="Why")
    count = fields.Integer(string="Rows")
    examples = fields.Char(string="For Example")
