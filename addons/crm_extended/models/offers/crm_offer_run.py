from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .crm_offer import DAYS, OPEN
from .crm_offer_proposing import MOST

BATCH = 500


class CrmOfferRun(models.Model):
    """Offers for all members of a segment for whom there is a reason.

    Whoever has an open offer keeps it; run again, only the others get one.
    """

    _name = "crm.offer.run"
    _inherit = "crm.run.mixin"
    _description = "Offers for a Segment"
    _order = "id desc"

    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    valid_until = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=DAYS),
    )
    most = fields.Integer(
        string="Products at Most", default=MOST, required=True, aggregator=None
    )
    discount = fields.Float(string="Discount (%)", aggregator=None)
    shared = fields.Boolean(string="Customers See Them")
    note = fields.Text(string="Words to the Customers")
    member_count = fields.Integer(string="Members", readonly=True, copy=False)
    offer_count = fields.Integer(string="Offers", readonly=True, copy=False)
    waiting_count = fields.Integer(string="Had One Already", readonly=True, copy=False)

    _bounds = models.Constraint(
        "CHECK (most BETWEEN 1 AND 20 AND discount >= 0 AND discount <= 100)",
        "An offer has 1 to 20 products, a discount lies between 0% and 100%.",
    )

    @api.depends("segment_id", "create_date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "%(segment)s, %(day)s",
                segment=run.segment_id.name or "",
                day=run._get_day_made(),
            )

    def _check_startable(self):
        if self.valid_until < fields.Date.context_today(self):
            raise UserError(
                self.env._("The offers would be over already: choose a later last day.")
            )

    def _execute(self):
        offers = self.env["crm.offer"].with_company(self.company_id)
        members = self.segment_id._members_on(fields.Date.context_today(self))
        members = members.filtered(
            lambda partner: partner.company_id.id in (False, self.company_id.id)
        )
        waiting = offers.search(
            [
                ("partner_id", "in", members.ids),
                ("state", "in", OPEN),
                ("company_id", "=", self.company_id.id),
            ]
        ).partner_id
        values = {
            "run_id": self.id,
            "valid_until": self.valid_until,
            "discount": self.discount,
            "shared": self.shared,
            "note": self.note,
        }
        chosen, made = members - waiting, 0
        quiet = offers.sudo().with_context(mail_create_nosubscribe=True)
        for start in range(0, len(chosen), BATCH):
            self._report(start, len(chosen), self.env._("Looking for reasons"))
            part = chosen[start : start + BATCH]
            for seller, own in part.grouped("user_id").items():
                mine = {**values, "user_id": seller.id or self.env.uid}
                made += len(quiet._propose(own, self.company_id, mine, most=self.most))
        return {
            "member_count": len(members),
            "waiting_count": len(waiting),
            "offer_count": made,
        }

    def action_open_offers(self):
        """Open what was proposed by these runs."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_offer"
        )
        return {**action, "domain": [("run_id", "in", self.ids)], "context": {}}
