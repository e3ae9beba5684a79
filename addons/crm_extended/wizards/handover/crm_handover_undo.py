from odoo import api, fields, models


class CrmHandoverUndo(models.TransientModel):
    """What an undo gives back and what it leaves, shown before it happens."""

    _name = "crm.handover.undo"
    _description = "Undo a Handover"

    handover_id = fields.Many2one("crm.handover", required=True, ondelete="cascade")
    moved_count = fields.Integer(related="handover_id.moved_count")
    changed_ids = fields.Many2many(
        "crm.handover.move",
        "crm_handover_undo_move_rel",
        string="Changed Since",
        compute="_compute_changed",
    )
    changed_count = fields.Integer(compute="_compute_changed")

    @api.depends("handover_id")
    def _compute_changed(self):
        for wizard in self:
            handover = wizard.handover_id
            if handover:
                handover.check_access("write")
            changed = self.env["crm.handover.move"]._find_changed(handover)
            wizard.changed_ids = changed
            wizard.changed_count = len(changed)

    def action_undo(self):
        """Give back everything else."""
        self.handover_id.action_undo()
        return {"type": "ir.actions.act_window_close"}
