from collections import defaultdict
from datetime import timedelta

from odoo import fields, models

from . import flow as flows

OPEN_STATES = ("draft", "sent")


class SaleOrder(models.Model):
    """An order's points are posted one by one, with the order as their document.

    Odoo sums what an order earns and uses and adds it to the card. Here each is an
    entry: what is earned may wait for the return period, what is used is taken from
    lots, and a cancelled order's entries are reversed, each with its own lots.
    """

    _inherit = "sale.order"

    def action_confirm(self):
        with flows.flow(self.env, "sale", step="confirm"):
            return super().action_confirm()

    def _action_cancel(self):
        with flows.flow(self.env, "sale", step="cancel"):
            result = super()._action_cancel()
        for order in self:
            for reservation in order._get_reservations().values():
                self.env["crm.loyalty.ledger"]._release(reservation, None)
        return result

    def _add_points_for_coupon(self, coupon_points):
        with flows.flow(self.env, **self._points_flow(pending=True)):
            return super()._add_points_for_coupon(coupon_points)

    def _points_flow(self, pending=False):
        """Of a change that Odoo makes to the points of one confirmed order."""
        return {
            "name": "sale",
            "document": self._points_document(),
            "reason": self.display_name,
            "pending": pending,
        }

    def _points_document(self):
        return f"{self._name},{self.id}"

    # ------------------------------------------------------------------ what is usable

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        """Neither pending nor held points, save those held for this very order."""
        points = super()._get_real_points_for_coupon(coupon, post_confirm)
        if self.state not in OPEN_STATES:
            return points
        points -= coupon.points - coupon.available_points - self._get_held(coupon)
        if self._are_earnings_pending(coupon):
            entries = self.coupon_point_ids.filtered(lambda p: p.coupon_id == coupon)
            points -= sum(entries.mapped("points"))
        return coupon.currency_id.round(points)

    def _are_earnings_pending(self, coupon):
        """Does what the order itself earns wait? Odoo would let it be used at once."""
        program = coupon.program_id
        return bool(program.return_days) and program.applies_on == "both"

    # ------------------------------------------------------------------ posting

    def _get_point_changes(self):
        """Within a confirmation or cancelling they are posted here, none are Odoo's.

        An order confirmed before the ledger knew it has no entries to reverse: its
        changes stay Odoo's, each an entry of its own.
        """
        flow = flows.current(self.env)
        if not flow or not flow.step:
            return super()._get_point_changes()
        if flow.step == "confirm":
            for order in self:
                order._post_points()
            return {}
        known = self.filtered(lambda order: order._reverse_points())
        changes = super(SaleOrder, self - known)._get_point_changes()
        return {card: change for card, change in changes.items() if change}

    def _post_points(self):
        """What the order earns, then what it uses.

        A coupon for this order alone ends where it began: the difference is posted.
        """
        earned, used = defaultdict(float), defaultdict(float)
        for entry in self.coupon_point_ids:
            earned[entry.coupon_id] += entry.points
        for line in self.order_line:
            if line.reward_id and line.coupon_id:
                used[line.coupon_id] += line.points_cost
        ledger = self.env["crm.loyalty.ledger"]
        cards = self.env["loyalty.card"].union(*earned, *used)
        digits = ledger._get_digits(cards) if cards else {}
        before = {card: card.points for card in cards}
        for card in cards:
            plus = ledger._units(earned[card], digits[card.id])
            minus = ledger._units(used[card], digits[card.id])
            if card.program_id.applies_on == "current":
                plus, minus = max(plus - minus, 0), max(minus - plus, 0)
            self._post_on(card, plus, minus)
        for card in cards:
            card._tell_reached(before)

    def _post_on(self, card, plus, minus):
        ledger = self.env["crm.loyalty.ledger"]
        about = {"flow": "sale", "document": self._points_document()}
        about["reason"] = self.display_name
        if plus > 0:
            ledger._earn_units(self._get_earning_card(card), plus, True, about)
        if minus > 0:
            self._use_points(card, minus, about)

    def _get_earning_card(self, card):
        """Where what the order earns goes; override for members of a pool."""
        return card

    def _use_points(self, card, units, about):
        held = self._get_reservation(card)
        ledger = self.env["crm.loyalty.ledger"]
        if held and held.amount >= units:
            ledger._capture(held, None, units, **about)
            return
        if held:
            ledger._release(held, None)
        ledger._post(card, -units, None, **about)

    def _reverse_points(self):
        """Reverse what the order posted; False when it posted nothing as an order.

        Points used come back first: they may be what is taken back.
        """
        document = self._points_document()
        entries = self.env["crm.loyalty.entry"].sudo()
        found = entries.search([("document", "=", document)], order="id")
        if "sale" not in found.mapped("flow"):
            return False
        undone = (found.reverses_id | self._fully_returned(found)).ids
        ledger = self.env["crm.loyalty.ledger"]
        open_entries = found.filtered(
            lambda e: e.kind in ("earn", "spend") and e.id not in undone
        )
        for entry in open_entries.sorted(lambda e: (e.kind == "earn", e.id)):
            ledger._reverse(
                entry,
                None,
                owe=True,
                flow="return",
                document=document,
                reason=self.env._("%(order)s cancelled", order=self.display_name),
            )
        return True

    def _fully_returned(self, entries):
        """Those of which returns left nothing to reverse."""
        rest = {entry: entry.amount for entry in entries}
        for entry in entries.filtered("returns_id"):
            rest[entry.returns_id] = rest.get(entry.returns_id, 0) + entry.amount
        return entries.browse([e.id for e, left in rest.items() if not left]).filtered(
            lambda e: not e.short
        )

    # ------------------------------------------------------------------ holding

    def _get_reservation(self, card):
        """Points of a card that are held for this order."""
        if not card.program_id.hold_hours:
            return self.env["crm.loyalty.reservation"]
        found = self._get_reservations().get(card)
        return found or self.env["crm.loyalty.reservation"]

    def _update_programs_and_rewards(self):
        result = super()._update_programs_and_rewards()
        self._hold_points()
        return result

    def _apply_program_reward(self, reward, coupon, **kwargs):
        result = super()._apply_program_reward(reward, coupon, **kwargs)
        self._hold_points()
        return result

    def _hold_points(self):
        """Points that a quotation uses are held for it, when the programme says so.

        Only those that are there: what the order itself earns cannot be held.
        """
        if self.state not in OPEN_STATES:
            return
        ledger = self.env["crm.loyalty.ledger"].sudo()
        used = defaultdict(float)
        for line in self.order_line:
            if line.coupon_id.program_id.hold_hours:
                used[line.coupon_id] += line.points_cost
        held = self._get_reservations()
        for card in self.env["loyalty.card"].union(*used, *held):
            wanted = card._to_units(used[card])
            reservation = held.get(card)
            if reservation and reservation.amount == wanted:
                continue
            if reservation:
                ledger._release(reservation, None)
            wanted = min(wanted, card._to_units(card.available_points))
            if wanted:
                until = fields.Datetime.now() + timedelta(
                    hours=card.program_id.hold_hours
                )
                about = {"document": self._points_document(), "reason": self.name}
                ledger._reserve(card, wanted, None, until, **about)

    def _get_reservations(self):
        """{card: what is held for this order}"""
        if not self.id:
            return {}
        found = self.env["crm.loyalty.reservation"].sudo()
        found = found.search(
            [("document", "=", self._points_document()), ("state", "=", "held")]
        )
        return {reservation.card_id: reservation for reservation in found}

    def _get_held(self, card):
        """Points held for this order, as people count them."""
        held = self._get_reservation(card)
        if not held:
            return 0.0
        return (
            held.amount
            / 10 ** self.env["crm.loyalty.ledger"]._get_digits(card)[card.id]
        )
