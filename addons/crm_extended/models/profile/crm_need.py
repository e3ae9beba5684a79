from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("open", "Open"),
    ("offered", "Offered"),
    ("met", "Met"),
    ("lost", "Lost"),
]
PRIORITIES = [("0", "Some Day"), ("1", "Wanted"), ("2", "Soon"), ("3", "Now")]
CLOSED = ("met", "lost")


class CrmNeed(models.Model):
    """What a customer needs and whether we met it, from the first word to the outcome.

    It comes before a quotation and stays after it: an open need is a reason to call, a
    met one says what the customer cares for, a lost one whom we lost him to.
    """

    _name = "crm.need"
    _description = "Need of a Customer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "priority desc, since desc, id desc"

    name = fields.Char(string="Need", required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="set null"
    )
    category_id = fields.Many2one(
        "product.category",
        string="Product Category",
        compute="_compute_category_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        STATES,
        default="open",
        required=True,
        index=True,
        tracking=True,
        group_expand=True,
    )
    priority = fields.Selection(PRIORITIES, default="1", required=True)
    since = fields.Date(default=fields.Date.context_today, required=True)
    deadline = fields.Date(string="Needed By")
    closed_on = fields.Date(readonly=True, copy=False)
    lost_reason = fields.Char(help="Why it was not met, or who met it")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
    )
    lead_id = fields.Many2one(
        "crm.lead", string="Opportunity", copy=False, ondelete="set null"
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    note = fields.Text()

    @api.depends("product_id")
    def _compute_category_id(self):
        for need in self:
            if need.product_id:
                need.category_id = need.product_id.categ_id

    @api.model_create_multi
    def create(self, vals_list):
        needs = super().create(vals_list)
        needs._close_on_day()
        return needs

    def write(self, vals):
        done = super().write(vals)
        if "state" in vals:
            self._close_on_day()
        return done

    def _close_on_day(self):  # pylint: disable=missing-return
        """The day a need was met or lost follows from its state."""
        closed = self.filtered(lambda n: n.state in CLOSED and not n.closed_on)
        if closed:
            super(CrmNeed, closed).write({"closed_on": fields.Date.context_today(self)})  # pylint: disable=super-method-mismatch
        reopened = self.filtered(lambda n: n.state not in CLOSED and n.closed_on)
        if reopened:
            super(CrmNeed, reopened).write({"closed_on": False})  # pylint: disable=super-method-mismatch

    def action_make_opportunity(self):
        """Make an opportunity of the need, or open the one it has."""
        self.ensure_one()
        self.check_access("write")
        if not self.lead_id:
            if self.state in CLOSED:
                raise UserError(
                    self.env._("The need is closed. Set it back to Open first.")
                )
            self.lead_id = self.env["crm.lead"].create(
                {
                    "name": self.name,
                    "type": "opportunity",
                    "partner_id": self.partner_id.id,
                    "user_id": self.user_id.id,
                    "company_id": self.company_id.id,
                }
            )
            self.state = "offered"
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "view_mode": "form",
        }
