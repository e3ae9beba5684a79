from odoo import api, fields, models


class WorkItemTransfer(models.TransientModel):
    """Where items go and what the next agent should know before answering."""

    _name = "crm.work.item.transfer"
    _description = "Transfer Work Items"

    item_ids = fields.Many2many("crm.work.item", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    queue_id = fields.Many2one(
        "crm.queue", required=True, domain="[('company_id', '=', company_id)]"
    )
    member_ids = fields.Many2many(related="queue_id.member_ids")
    agent_id = fields.Many2one(
        "res.users",
        domain="[('id', 'in', member_ids)]",
        help="Empty: the items wait in the queue for the next free agent",
    )
    note = fields.Text(
        string="What to Know",
        required=True,
        help="What the customer wants, what was tried, what was promised",
    )

    @api.depends("item_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.item_ids.company_id[:1]

    @api.onchange("queue_id")
    def _onchange_queue_id(self):
        if self.agent_id not in self.queue_id.member_ids:
            self.agent_id = False

    def action_apply(self):
        """Pass the items on."""
        self.ensure_one()
        self.item_ids._check_mine()
        for item in self.item_ids:
            item._transfer(self.queue_id, self.agent_id, self.note)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.work.item",
            "views": [(False, "kanban"), (False, "list"), (False, "form")],
            "name": self.env._("My Items"),
            "domain": [("agent_id", "=", self.env.uid)],
            "context": {"search_default_open": 1},
        }
