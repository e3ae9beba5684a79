from odoo import fields, models


class CrmMergeSource(models.Model):
    """One record that went into another one, until it is taken out again."""

    _name = "crm.merge.source"
    _inherit = "crm.kept.mixin"
    _description = "Merged Record"
    _order = "id"
    _log_access = False
    _rec_name = "partner_id"

    merge_id = fields.Many2one(
        "crm.merge", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Merged Record",
        readonly=True,
        index=True,
        ondelete="set null",
    )
    state = fields.Selection(
        [("merged", "Merged"), ("undone", "Taken Out")],
        default="merged",
        required=True,
        readonly=True,
    )
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    city = fields.Char(related="partner_id.city")
    moved_count = fields.Integer(string="Moved", compute="_compute_moved_count")
    kept_count = fields.Integer(string="Stayed", compute="_compute_moved_count")

    _merged_once = models.UniqueIndex(
        "(partner_id) WHERE state = 'merged'", "The record is merged already."
    )

    def _compute_moved_count(self):
        rows = self.env["crm.merge.move"]._read_group(
            [("source_id", "in", self.ids)], ["source_id", "kind"], ["__count"]
        )
        counted = {(row.id, kind): count for row, kind, count in rows}
        for row in self:
            row.moved_count = sum(
                counted.get((row.id, kind), 0) for kind in ("moved", "json")
            )
            row.kept_count = counted.get((row.id, "kept"), 0)

    def _tell_kept(self, labels):
        return self.env["crm.merge"]._tell_kept(labels)

    def action_ask_undo(self):
        """Open the wizard that takes these records out again, after it lists what
        cannot go back.
        """
        self.check_access("read")
        return self.env["crm.merge.undo"]._open(self.merge_id, self)
