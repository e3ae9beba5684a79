from odoo import api, fields, models
from odoo.exceptions import UserError

from .crm_handover import PREPARED
from .matter import MATTERS


class CrmHandoverLine(models.Model):
    """One customer in a handover: who takes it, why, and what comes along.

    A line without a customer stands for matters that have none, such as leads from
    strangers. Only whether it is chosen and who takes it is decided by people.
    """

    _name = "crm.handover.line"
    _inherit = "crm.kept.mixin"
    _description = "Customer of a Handover"
    _order = "value desc, weight desc, id"
    _log_access = False

    handover_id = fields.Many2one(
        "crm.handover", required=True, ondelete="cascade", readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    chosen = fields.Boolean(default=True, help="Only chosen customers change hands")
    successor_id = fields.Many2one("res.users", string="Goes To")
    by_hand = fields.Boolean(readonly=True, help="A person chose, no rule")
    reason = fields.Char(string="Because", readonly=True)
    value = fields.Monetary(
        "Value of 12 Months", readonly=True, help="Purchases and invoices, untaxed"
    )
    currency_id = fields.Many2one(related="handover_id.currency_id")
    company_id = fields.Many2one(related="handover_id.company_id")
    state = fields.Selection(related="handover_id.state")
    predecessor_id = fields.Many2one(related="handover_id.user_id")
    weight = fields.Integer("Open Matters", readonly=True)
    customer_count = fields.Integer("Contacts", readonly=True)
    opportunity_count = fields.Integer("Opportunities", readonly=True)
    opportunity_value = fields.Monetary("Expected", readonly=True)
    order_count = fields.Integer("Orders", readonly=True)
    case_count = fields.Integer("Cases", readonly=True)
    activity_count = fields.Integer("Activities", readonly=True)
    plan_count = fields.Integer("Plans", readonly=True)
    meeting_count = fields.Integer("Meetings", readonly=True)
    letter_state = fields.Selection(
        [
            ("none", "Not written"),
            ("queued", "Written"),
            ("unreachable", "No e-mail"),
            ("refused", "Does not want mail"),
        ],
        string="Letter",
        default="none",
        readonly=True,
    )

    _partner_uniq = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (handover_id, partner_id)",
        "A customer is in a handover once.",
    )

    @api.depends("partner_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.partner_id.display_name or self.env._(
                "Without a customer"
            )

    @api.model
    def _tell_kept(self, labels):
        return self.env._("The preview writes %(fields)s.", fields=labels)

    def write(self, vals):
        """Who takes the customer is a person's choice from now on."""
        if self.env.su:
            return super().write(vals)
        self.check_access("write")
        self._check_preparing()
        super().write(vals)
        if "successor_id" in vals:
            for handover, lines in self.grouped("handover_id").items():
                handover._check_successors(lines.successor_id)
            self.sudo().write({"by_hand": bool(vals["successor_id"]), "reason": False})
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_while_preparing(self):
        self._check_preparing()

    def _check_preparing(self):
        if late := self.handover_id.filtered(lambda h: h.state not in PREPARED):
            raise UserError(
                self.env._(
                    "%(handover)s is planned or done. Withdraw it before changing who "
                    "takes whom.",
                    handover=late[0].name,
                )
            )

    def action_choose(self):
        """Take these customers into the handover."""
        return self.write({"chosen": True})

    def action_leave(self):
        """Leave these customers with the predecessor."""
        return self.write({"chosen": False})

    def action_open_brief(self):
        """Open what the successor must know of these customers."""
        self.check_access("read")
        return self.env.ref(
            "crm_extended.action_report_handover_brief_html"
        ).report_action(self)

    @api.model
    def _get_count_names(self):
        return [f"{matter.code}_count" for matter in MATTERS]
