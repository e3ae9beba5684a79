from odoo import api, fields, models
from odoo.exceptions import UserError

from ...ledger.units import to_points


class LoyaltyCard(models.Model):
    """A card whose points are the balance of its account in the ledger.

    `points` stays Odoo's field, for all that reads it; whoever changes it posts an
    entry of the difference. Two who change it at once meet on the account's row, and
    the later one's transaction is done again.
    """

    _inherit = "loyalty.card"

    entry_ids = fields.One2many("crm.loyalty.entry", "card_id", string="Entries")
    lot_ids = fields.One2many("crm.loyalty.lot", "card_id", string="Lots")
    available_points = fields.Float(
        compute="_compute_state_of_points",
        help="What can be used now: neither pending nor held",
    )
    pending_points = fields.Float(
        compute="_compute_state_of_points",
        help="Earned by orders whose return period is not over",
    )
    held_points = fields.Float(
        compute="_compute_state_of_points", help="Held for open quotations"
    )
    owed_points = fields.Float(
        compute="_compute_state_of_points",
        help="To be taken back after a return, but used already; what is earned next "
        "pays for it",
    )

    @api.depends("points")
    def _compute_state_of_points(self):
        states = self.env["crm.loyalty.ledger"]._get_states(self)
        for card in self:
            state = states.get(card._origin.id) or {"available": card.points}
            card.available_points = state["available"]
            card.pending_points = state.get("pending", 0.0)
            card.held_points = state.get("held", 0.0)
            card.owed_points = state.get("owed", 0.0)

    # ------------------------------------------------------------------ for others

    def _earn_points(
        self,
        points,
        key,
        *,
        reason,
        document=None,
        available_at=None,
        expires_at=None,
        kind=None,
    ):
        """Give points to a card, once per key.

        :param points: above 0, as shown to people; rounded to the smallest unit
        :param document: what it is for, such as ``sale.order,7``
        :param available_at: pending until then; None: usable at once
        :param expires_at: None: as the programme says
        :param kind: code of the event that earned them
        :returns: ``{entry, seq, amount, balance}``, in smallest units
        :raises UserError: nothing is posted
        """
        self.ensure_one()
        ledger = self.env["crm.loyalty.ledger"]
        row = {"card_id": self.id, "points": points, "key": key, "reason": reason}
        row |= {"document": document, "available_at": available_at}
        row |= {"expires_at": expires_at, "kind": kind}
        [row] = ledger._prepare_earnings([row])
        row.pop("card")
        before = self.points
        answer = ledger._post(self, row.pop("amount"), row.pop("key"), **row)
        self._tell_reached({self: before})
        return answer

    def _spend_points(self, points, key, *, reason, document=None):
        """Take points that can be used now, once per key.

        :raises UserError: when there are not enough
        """
        self.ensure_one()
        ledger = self.env["crm.loyalty.ledger"]
        about = {"reason": reason, "document": document, "flow": "event"}
        return ledger._post(self, -self._to_units(points), key, **about)

    def _to_units(self, points):
        """Whole smallest units of the card's account."""
        ledger = self.env["crm.loyalty.ledger"]
        return ledger._units(points, ledger._get_digits(self)[self.id])

    # ------------------------------------------------------------------ Odoo's writing

    @api.model_create_multi
    def create(self, vals_list):
        cards = super().create(vals_list)
        cards._open_with_points()
        return cards

    def _open_with_points(self):
        """Points that cards are made with are earned by them."""
        with_points = self.filtered("points")
        if not with_points:
            return
        ledger = self.env["crm.loyalty.ledger"]
        digits = ledger._get_digits(with_points)
        units = {c: ledger._units(c.points, digits[c.id]) for c in with_points}
        if min(units.values()) < 0:
            raise UserError(self.env._("A card cannot begin with less than 0 points."))
        ledger._check_direct(units, digits)
        for card in with_points:
            rounded = to_points(units[card], digits[card.id])
            if card.points != rounded:  # nothing is told: it is the card's first value
                super(LoyaltyCard, card).write({"points": rounded})  # pylint: disable=super-method-mismatch
        ledger._open_many({card: amount for card, amount in units.items() if amount})

    def write(self, vals):
        if "points" not in vals:
            result = super().write(vals)
            if "expiration_date" in vals:
                self.env["crm.loyalty.ledger"]._move_expiry(self)
            return result
        ledger = self.env["crm.loyalty.ledger"]
        digits = ledger._get_digits(self)
        cards = self.grouped(lambda card: digits[card.id])
        for count, same in cards.items():
            after = ledger._units(vals["points"], count)
            change = {c: after - ledger._units(c.points, count) for c in same}
            ledger._check_direct(change, digits)
            super(LoyaltyCard, same).write({**vals, "points": to_points(after, count)})
            for card, units in change.items():
                ledger._change(card, units)
        return True

    def unlink(self):
        """A card with entries is archived: what happened to its points is kept."""
        kept = self.env["crm.loyalty.ledger"]._with_history(self)
        if kept:
            kept._check_empty()
            kept.action_archive()
        return super(LoyaltyCard, self - kept).unlink()

    def _check_empty(self):
        left = self.filtered("points")
        if left and not self.env.su:
            raise UserError(
                self.env._(
                    "Card %(code)s still has points. Correct them to 0 first; a "
                    "card with a history is archived then.",
                    code=left[0].code,
                )
            )

    def _tell_reached(self, before):
        """Odoo's mails "when reaching", for postings that are not written by Odoo."""
        if self.env.context.get("loyalty_no_mail"):
            return
        cards = self.filtered("program_id.communication_plan_ids")
        changes = {c: {"old": before[c], "new": c.points} for c in cards}
        if changes:
            cards._send_points_reach_communication(changes)
