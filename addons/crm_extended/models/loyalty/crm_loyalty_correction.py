from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...ledger.units import to_points
from . import flow as flows

STATES = [
    ("draft", "To Send"),
    ("waiting", "Waits for Approval"),
    ("done", "Done"),
    ("refused", "Refused"),
]
MANAGER = "crm_extended.group_loyalty_manager"


class LoyaltyCorrection(models.Model):
    """Points changed by a person, with a reason; many need a second person."""

    _name = "crm.loyalty.correction"
    _inherit = ["crm.kept.mixin", "mail.thread"]
    _description = "Correction of Points"
    _order = "id desc"
    _rec_name = "reason"

    card_id = fields.Many2one(
        "loyalty.card", required=True, index=True, ondelete="restrict"
    )
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    partner_id = fields.Many2one(related="card_id.partner_id")
    balance = fields.Float(related="card_id.points", string="Balance Now")
    points = fields.Float(
        string="Change", required=True, help="Above 0 they are given, below 0 taken"
    )
    reason = fields.Char(
        required=True, help="Members read it on their statement: what, not who"
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, tracking=True, copy=False
    )
    requester_id = fields.Many2one(
        "res.users",
        string="Asked by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    approver_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    decided_at = fields.Datetime(readonly=True, copy=False)
    may_decide = fields.Boolean(compute="_compute_may_decide")

    _other_person = models.Constraint(
        "CHECK (approver_id IS NULL OR approver_id <> requester_id)",
        "Nobody approves a correction of his or her own.",
    )

    @api.depends("state", "requester_id")
    @api.depends_context("uid")
    def _compute_may_decide(self):
        manager = self.env.user.has_group(MANAGER)
        for correction in self:
            correction.may_decide = (
                manager
                and correction.state == "waiting"
                and correction.requester_id != self.env.user
            )

    @api.model
    def _tell_kept(self, labels):
        return self.env._("%(fields)s follow from the buttons.", fields=labels)

    def write(self, vals):
        asked = {"card_id", "points", "reason"} & set(vals)
        if asked and any(c.state != "draft" for c in self) and not self.env.su:
            raise UserError(
                self.env._("A correction that was sent stays as it is. Make another.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_draft(self):
        if any(correction.state != "draft" for correction in self):
            raise UserError(self.env._("A correction that was sent is kept."))

    # ------------------------------------------------------------------ buttons

    def action_request(self):
        """Post what is small, ask for a second person for the rest."""
        self.check_access("write")
        for correction in self.filtered(lambda c: c.state == "draft"):
            limit = correction.program_id._get_correction_limit()
            correction.card_id._to_units(correction.points)
            if not correction.points:
                raise UserError(self.env._("Enter how many points are given or taken."))
            if limit and abs(correction.points) > limit:
                correction.sudo().state = "waiting"
            else:
                correction._post_correction({})

    def action_approve(self):
        self._check_decider()
        for correction in self.filtered(lambda c: c.state == "waiting"):
            correction._post_correction(correction._decided())

    def action_refuse(self):
        self._check_decider()
        for correction in self.filtered(lambda c: c.state == "waiting"):
            correction.sudo().write({**correction._decided(), "state": "refused"})

    # ------------------------------------------------------------------ steps

    def _check_decider(self):
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only loyalty managers decide on corrections.")
            )
        own = self.filtered(lambda c: c.requester_id == self.env.user)
        if own:
            raise UserError(
                self.env._(
                    "You asked for the correction of %(card)s yourself. Somebody else "
                    "decides on it.",
                    card=own[0].card_id.display_name,
                )
            )

    def _decided(self):
        return {"approver_id": self.env.uid, "decided_at": fields.Datetime.now()}

    def _post_correction(self, vals):
        ledger = self.env["crm.loyalty.ledger"].sudo()
        card = self.card_id.sudo()
        units = card._to_units(self.points)
        about = {
            "reason": self.reason,
            "document": f"{self._name},{self.id}",
            "flow": "correction",
            "user_id": self.requester_id.id,
        }
        dates = {}
        if units > 0:
            _at, until = card.program_id._get_earning_dates(card.expiration_date)
            dates["expires_at"] = until
        ledger._post(
            card, units, f"correction/{self.id}", anyhow=units < 0, **dates, **about
        )
        self.sudo().write({"state": "done", **vals})


class LoyaltyPosting(models.AbstractModel):
    _inherit = "crm.loyalty.ledger"

    @api.model
    def _check_direct(self, units, digits):
        """A person writes points up to the limit; above it a correction is needed.

        Odoo's own flows on behalf of the person have a document, and no limit.
        """
        super()._check_direct(units, digits)
        flow = flows.current(self.env)
        if self.env.su or (flow and flow.document):
            return
        for card, change in units.items():
            limit = card.sudo().program_id._get_correction_limit()
            if limit and abs(to_points(change, digits[card.id])) > limit:
                raise UserError(
                    self.env._(
                        "More than %(limit)s points are changed with a second person. "
                        "Make a correction of card %(code)s.",
                        limit=limit,
                        code=card.code,
                    )
                )


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """What needs a second person becomes a correction that waits for one."""
        card = self.card_id
        limit = card.sudo().program_id._get_correction_limit()
        change = self.new_balance - card.points
        if limit and abs(change) > limit and self.new_balance >= 0:
            correction = self.env["crm.loyalty.correction"].create(
                {"card_id": card.id, "points": change, "reason": self.description}
            )
            correction.action_request()
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "message": self.env._("The change waits for a second person."),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        with flows.flow(self.env, "manual", reason=self.description):
            return super().action_update_card_point()


class ResCompany(models.Model):
    _inherit = "res.company"

    loyalty_correction_limit = fields.Float(
        string="Points Changed by One Person",
        help="More than this needs a second person, unless the programme says "
        "otherwise. 0: no limit.",
    )


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    def _get_correction_limit(self):
        """Points that one person may change; 0: any number."""
        company = self.company_id or self.env.company
        return self.correction_limit or company.sudo().loyalty_correction_limit
