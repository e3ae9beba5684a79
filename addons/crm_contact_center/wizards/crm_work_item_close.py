from odoo import fields, models


class WorkItemClose(models.TransientModel):
    """How the contact ended, asked when an agent is done with it."""

    _name = "crm.work.item.close"
    _description = "Close Work Items"

    item_ids = fields.Many2many("crm.work.item", required=True)
    disposition_id = fields.Many2one("crm.disposition", string="Outcome", required=True)
    note = fields.Text(string="Internal Note")

    def action_apply(self):
        """Close the items with the outcome."""
        self.ensure_one()
        items = self.item_ids
        items.check_access("write")
        items._check_open()
        items._check_mine()
        if self.note:
            for item in items:
                item._message_log(body=self.note)
        items._close("done", self.disposition_id)
        return {"type": "ir.actions.act_window_close"}
