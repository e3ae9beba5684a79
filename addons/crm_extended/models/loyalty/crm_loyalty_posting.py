from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ...ledger import opening, validity
from ...ledger.errors import LedgerError
from ...ledger.once import DEFER
from ...ledger.rows import OPENING
from ...ledger.units import to_points, to_units
from . import flow as flows
from .crm_loyalty_ledger import CLIENT

STATES = """
SELECT a.card_id, a.digits, a.held, a.owed,
       coalesce(sum(l.remaining - l.held) FILTER (WHERE l.available_at > %(now)s), 0),
       coalesce(sum(l.remaining - l.held) FILTER (
           WHERE (l.available_at IS NULL OR l.available_at <= %(now)s)
             AND (l.expires_at IS NULL OR l.expires_at > %(now)s)), 0)
  FROM crm_loyalty_account a
  LEFT JOIN crm_loyalty_lot l ON l.card_id = a.card_id AND l.remaining > 0
 WHERE a.card_id = ANY(%(cards)s)
 GROUP BY a.card_id
"""


class LoyaltyPosting(models.AbstractModel):
    """Points as people write them, posted on cards: in their unit, with their dates."""

    _inherit = "crm.loyalty.ledger"

    # ------------------------------------------------------------------ reading

    @api.model
    def _get_digits(self, cards):
        """{card id: decimals of its unit}, of the account or the programme."""
        self.env.cr.execute(
            "SELECT card_id, digits FROM crm_loyalty_account WHERE card_id = ANY(%s)",
            [cards._origin.ids],
        )
        found = dict(self.env.cr.fetchall())
        for card in cards:
            if card.id not in found:
                found[card.id] = card.sudo().program_id._get_point_digits()
        return found

    @api.model
    def _get_states(self, cards):
        """{card id: {available, pending, held, owed}} in points, of cards with any."""
        cards.flush_recordset(["points"])
        now = fields.Datetime.now()
        self.env.cr.execute(STATES, {"cards": cards._origin.ids, "now": now})
        found = {}
        for card, digits, held, owed, pending, usable in self.env.cr.fetchall():
            units = {"held": held, "owed": owed, "pending": pending}
            units["available"] = max(usable - owed, 0)
            found[card] = {n: to_points(int(u), digits) for n, u in units.items()}
        return found

    @api.model
    def _units(self, points, digits):
        try:
            return to_units(points or 0, digits)
        except LedgerError as error:
            raise UserError(
                self.env._("%(points)s is no number of points.", points=points)
            ) from error

    @api.model
    def _with_history(self, cards):
        """Those of the cards that have an account; it is never deleted.

        None while the addon leaves: the ledger has left before the demo's cards.
        """
        if self.env.context.get(MODULE_UNINSTALL_FLAG):
            return cards.browse()
        self.env.cr.execute(
            "SELECT card_id FROM crm_loyalty_account WHERE card_id = ANY(%s)",
            [cards.ids],
        )
        return cards.browse([card for (card,) in self.env.cr.fetchall()])

    # ------------------------------------------------------------------ earning

    @api.model
    def _earn_many(self, rows, *, client=CLIENT):
        """Give points to many cards, in statements over sets.

        A key that was used before does nothing.

        :param rows: dicts of `card_id`, `points` (above 0), `key`, `reason`, and as
            wanted `document`, `available_at`, `expires_at`, `kind`
        :returns: how many were posted now
        """
        if not rows:
            return 0
        rows = self._prepare_earnings(rows)
        cards = self.env["loyalty.card"].browse([row["card"] for row in rows])
        telling = cards.filtered("program_id.communication_plan_ids")
        before = {card: card.points for card in telling}
        count = self._call(client, "earn_many", rows)
        telling._tell_reached(before)
        return count

    @api.model
    def _prepare_earnings(self, rows):
        """Rows as the core takes them: whole units, dates of the programme."""
        cards = self.env["loyalty.card"].sudo().browse([row["card_id"] for row in rows])
        digits, dates, found = self._get_digits(cards), {}, []
        for card, row in zip(cards, rows, strict=True):
            asked = (card.program_id, card.expiration_date)
            if asked not in dates:
                dates[asked] = card.program_id._get_earning_dates(card.expiration_date)
            units = self._units(row["points"], digits[card.id])
            if units <= 0:
                raise UserError(
                    self.env._("Points to give are at least the smallest unit.")
                )
            found.append(
                {
                    "card": card.id,
                    "amount": units,
                    "key": row["key"],
                    "available_at": row.get("available_at") or None,
                    "expires_at": row.get("expires_at") or dates[asked][1],
                    "reason": row.get("reason"),
                    "document": row.get("document"),
                    "event": row.get("kind"),
                    "flow": row.get("flow") or "event",
                    "user_id": self.env.uid,
                }
            )
        return found

    # ------------------------------------------------------------------ Odoo's writing

    @api.model
    def _open_many(self, units):
        """:param units: {card: smallest units it is made with, above 0}"""
        now = flows.current(self.env)
        rows, dates = [], {}
        for card, amount in units.items():
            asked = (card.program_id, card.expiration_date)
            if asked not in dates:
                dates[asked] = card.sudo().program_id._get_earning_dates(asked[1])
            rows.append(
                {
                    "card": card.id,
                    "amount": amount,
                    "key": f"{card.id}/1",
                    "expires_at": dates[asked][1],
                    "flow": now.name if now else "manual",
                    "document": now and now.document,
                    "reason": now and now.reason,
                    "user_id": self.env.uid,
                }
            )
        if rows:
            self._call("made", "earn_many", rows)

    @api.model
    def _change(self, card, units):
        """What Odoo's code, or a person, changed of a card's points.

        Within a document's flow points that come back go to the lots they were taken
        from. What a document takes that is not there any more is owed: the goods are
        sold, or returned, already.
        """
        if not units:
            return
        now = flows.current(self.env) or flows.Flow("manual")
        about = {"flow": now.name, "document": now.document, "reason": now.reason}
        if units < 0:
            owe = self.env.su or bool(now.document)
            self._post(card, units, None, owe=owe, anyhow=True, **about)
            return
        for entry, spent in self._get_spent(card, now.document):
            back = min(spent, units)
            units -= back
            if back:
                self._give_back(entry, back, None, **about)
        if units:
            self._earn_units(card, units, now.pending, about)

    @api.model
    def _earn_units(self, card, units, pending, about):
        available_at, expires_at = card.sudo().program_id._get_earning_dates(
            card.sudo().expiration_date, pending
        )
        dates = {"available_at": available_at, "expires_at": expires_at}
        return self._post(card, units, None, **dates, **about)

    @api.model
    def _get_spent(self, card, document):
        """[(entry, units not given back)] of what a document used, the latest first."""
        if not document:
            return []
        self.env.cr.execute(
            """SELECT e.id, -(e.amount + coalesce(sum(r.amount), 0))::bigint
                 FROM crm_loyalty_entry e
                 LEFT JOIN crm_loyalty_entry r
                        ON r.returns_id = e.id OR r.reverses_id = e.id
                WHERE e.document = %s AND e.card_id = %s AND e.kind = 'spend'
                GROUP BY e.id ORDER BY e.id DESC""",
            [document, card.id],
        )
        entries = self.env["crm.loyalty.entry"]
        return [(entries.browse(i), left) for i, left in self.env.cr.fetchall()]

    @api.model
    def _move_expiry(self, cards):
        """Lots follow the card's own expiry where the programme has no other."""
        for card in cards.sudo().filtered(lambda c: c.program_id):
            if card.program_id.validity_kind != "none":
                continue
            day, zone = card.expiration_date, card.program_id._get_zone()
            self.env.cr.execute(
                """UPDATE crm_loyalty_lot SET expires_at = %s
                    WHERE card_id = %s AND remaining > 0""",
                [day and validity.end_of_day(day, zone) or None, card.id],
            )
        self.env["crm.loyalty.lot"].invalidate_model(["expires_at"])

    @api.model
    def _check_direct(self, units, digits):
        """Refuse a change by hand that needs a second person; override to say so.

        :param units: {card: change in smallest units}
        :param digits: {card id: decimals of the unit}
        """

    # ------------------------------------------------------------------ opening

    @api.model
    def _open_existing(self):
        """An opening entry for every card that had points before the ledger knew it.

        Below zero is what Odoo let them overspend: it is owed.

        :returns: how many accounts were opened
        """
        self.env.cr.execute(
            """SELECT array_agg(c.id) FROM loyalty_card c
                WHERE c.points <> 0 AND c.points <> 'NaN' AND NOT EXISTS (
                      SELECT FROM crm_loyalty_account a WHERE a.card_id = c.id)"""
        )
        [cards] = self.env.cr.fetchone()
        if not cards:
            return 0
        for statement in (DEFER, OPENING % "%(cards)s", *opening.STATEMENTS):
            self.env.cr.execute(
                statement, {"cards": cards, "now": fields.Datetime.now()}
            )
        return len(cards)
