"""Steps on the ledger's rows, each within an operation of `ledger.Ledger`."""

from datetime import datetime
from typing import NamedTuple

from .allocation import Lot, allocate, available, order
from .errors import LedgerError

MOST = 10**15  # of smallest units: beyond it an amount is a mistake
STATE = """SELECT seq, balance, held, owed, digits FROM crm_loyalty_account
            WHERE card_id = %s"""
# A card's account; a currency's digits for money, else those of the programme.
OPENING = """
INSERT INTO crm_loyalty_account (card_id, digits)
SELECT c.id, CASE WHEN p.program_type IN ('gift_card', 'ewallet')
                  THEN coalesce(u.decimal_places, 2)
                  ELSE coalesce(p.point_digits, 2) END
  FROM loyalty_card c
  LEFT JOIN loyalty_program p ON p.id = c.program_id
  LEFT JOIN res_currency u ON u.id = p.currency_id
 WHERE c.id = ANY(%s) AND NOT EXISTS (
       SELECT FROM crm_loyalty_account a WHERE a.card_id = c.id)
 ORDER BY c.id
ON CONFLICT DO NOTHING
"""
# Odoo reads a card's points here. The change is Odoo's to notice, hence its date.
TOLD = """
UPDATE loyalty_card SET points = %s, write_date = now() AT TIME ZONE 'UTC'
 WHERE id = %s AND points IS DISTINCT FROM %s
"""


class Account(NamedTuple):
    """What a card has; `owed` was to be taken back and had been used already."""

    seq: int
    balance: int
    held: int
    owed: int
    digits: int


class Rows:
    """What operations are made of: lock, take, enter, hold, give back.

    :param cr: DB-API cursor of a REPEATABLE READ transaction
    :param client: whose keys these are, such as `sale` or a partner's code
    :param now: the time of posting, UTC without zone
    """

    def __init__(self, cr, client: str, now: datetime):
        self.cr, self.client, self.now = cr, client, now.replace(tzinfo=None)

    # ------------------------------------------------------------------ the account

    def _lock(self, card):
        """The card's `Account`, its row updated; opened if new.

        What was reserved for too long is free again first.
        """
        locking = (
            "UPDATE crm_loyalty_account SET seq = seq WHERE card_id = %s"
            " RETURNING seq, balance, held, owed, digits"
        )
        if not is_whole(card):
            raise LedgerError("invalid", "A card is named by its id.")
        found = self._one(locking, [card])
        if not found:
            if not self._one("SELECT 1 FROM loyalty_card WHERE id = %s", [card]):
                raise LedgerError("unknown", "There is no such card.", card=card)
            self.cr.execute(OPENING, [[card]])
            found = self._one(locking, [card])
        self.cr.execute(
            """SELECT id, amount FROM crm_loyalty_reservation
                WHERE card_id = %s AND state = 'held' AND expires_at <= %s""",
            [card, self.now],
        )
        overdue = self.cr.fetchall()
        for reservation, held in overdue:
            self._give_back(card, reservation, held, "lapsed")
        return Account(*(self._one(STATE, [card]) if overdue else found))

    def _change_account(self, card, held):
        self.cr.execute(
            "UPDATE crm_loyalty_account SET held = held + %s WHERE card_id = %s",
            [held, card],
        )

    def _lots(self, card):
        self.cr.execute(
            """SELECT id, remaining, held, expires_at, available_at
                 FROM crm_loyalty_lot WHERE card_id = %s AND remaining > 0""",
            [card],
        )
        return [Lot(*row) for row in self.cr.fetchall()]

    def _take(self, card, account, amount, anyhow=False):
        """Lots that make up `amount`; what is owed is not there for it.

        :param anyhow: also what is pending or expired, as a correction takes it
        """
        lots = self._lots(card)
        if anyhow:
            return self._take_anyhow(lots, amount)
        there = available(lots, self.now) - account.owed
        if there < amount:
            raise LedgerError(
                "insufficient",
                "There are not enough points.",
                asked=amount,
                available=max(there, 0),
            )
        return allocate(lots, amount, self.now)

    def _take_anyhow(self, lots, amount):
        usable = [lot for lot in lots if lot.is_usable(self.now)]
        taken, left = [], amount
        for lot in (*order(usable), *order(set(lots) - set(usable))):
            part = min(lot.free, left)
            left -= part
            taken += [(lot.id, part)] if part else []
        if left:
            raise LedgerError(
                "insufficient",
                "There are not enough points.",
                asked=amount,
                available=amount - left,
            )
        return taken

    def _take_back(self, card, entry, amount, partial, owe=False):
        """Of what was earned by `entry`: its own lot first, then others."""
        lots = self._lots(card)
        [own] = self._one("SELECT id FROM crm_loyalty_lot WHERE entry_id = %s", [entry])
        taken = [
            (lot.id, min(lot.free, amount))
            for lot in lots
            if lot.id == own and lot.free
        ]
        left = amount - sum(part for _lot, part in taken)
        others = [lot for lot in lots if lot.id != own]
        taken += allocate(others, left, self.now)
        found = sum(part for _lot, part in taken)
        if (not found and not owe) or (found < amount and not partial):
            raise LedgerError(
                "insufficient",
                "The points were used meanwhile.",
                asked=amount,
                available=found,
            )
        return taken

    # ------------------------------------------------------------------ entries

    def _earn(self, card, account, lot, key, about):
        answer = self._enter(card, account, "earn", lot[0], key, about)
        self._make_lot(card, answer["entry"], lot)
        return answer

    def _make_lot(self, card, entry, lot):
        amount, available_at, expires_at = lot
        self.cr.execute(
            """INSERT INTO crm_loyalty_lot (card_id, entry_id, amount, remaining,
                                            available_at, expires_at)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            [card, entry, amount, amount, available_at, expires_at],
        )

    def _use(self, card, account, kind, taken, key, about, short=0):
        """An entry that takes points from lots, or gives them back where negative."""
        amount = -sum(part for _lot, part in taken)
        answer = self._enter(card, account, kind, amount, key, about, short)
        for lot, part in taken:
            self._change_lot(lot, remaining=-part)
            self.cr.execute(
                "INSERT INTO crm_loyalty_use VALUES (%s, %s, %s)",
                [answer["entry"], lot, part],
            )
        return answer

    def _uses(self, entry):
        self.cr.execute(
            "SELECT lot_id, amount FROM crm_loyalty_use WHERE entry_id = %s", [entry]
        )
        return self.cr.fetchall()

    def _enter(self, card, account, kind, amount, key, about, short=0):
        """An entry, the account and the card's own points after it.

        :param short: what could not be taken and is owed now; below 0 it is paid
        """
        seq, balance = account.seq + 1, account.balance + amount
        self.cr.execute(
            """UPDATE crm_loyalty_account SET seq = %s, balance = %s, owed = owed + %s
                WHERE card_id = %s""",
            [seq, balance, short, card],
        )
        # a racing call with this key fails here as 40001, not as a duplicate
        made = self._one(
            """INSERT INTO crm_loyalty_entry (card_id, seq, kind, amount, points, short,
                   balance_after, reverses_id, returns_id, reservation_id, client, key,
                   flow, event, reason, document, user_id, at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
                       %s, %s)
               ON CONFLICT (client, key) DO NOTHING RETURNING id""",
            [card, seq, kind, amount, amount / 10**account.digits, short, balance]
            + [about.get(n) for n in ("reverses_id", "returns_id", "reservation_id")]
            + [self.client, key or f"{card}/{seq}"]
            + [about.get(n) for n in ("flow", "event", "reason", "document", "user_id")]
            + [self.now],
        )
        if not made:
            raise LedgerError("key_mismatch", "The key is being used.", key=key)
        points = balance / 10**account.digits
        self.cr.execute(TOLD, [points, card, points])
        return {"entry": made[0], "seq": seq, "amount": amount, "balance": balance}

    def _change_lot(self, lot, remaining=0, held=0):
        self.cr.execute(
            """UPDATE crm_loyalty_lot SET remaining = remaining + %s, held = held + %s
                WHERE id = %s""",
            [remaining, held, lot],
        )

    # ------------------------------------------------------------------ reservations

    def _card_of(self, reservation):
        row = self._one(
            "SELECT card_id FROM crm_loyalty_reservation WHERE id = %s", [reservation]
        )
        if not row:
            raise LedgerError("unknown", "There is no such reservation.")
        return row[0]

    def _held(self, reservation):
        """Points still held; called with the account locked."""
        state, amount = self._one(
            "SELECT state, amount FROM crm_loyalty_reservation WHERE id = %s",
            [reservation],
        )
        if state != "held":
            raise LedgerError("not_held", "Nothing is held any more.", state=state)
        return amount

    def _free(self, reservation):
        """Let go of the lots of a reservation; [(lot, points)] in order of expiry."""
        self.cr.execute(
            """UPDATE crm_loyalty_lot l SET held = l.held - h.amount
                 FROM crm_loyalty_hold h
                WHERE h.reservation_id = %s AND l.id = h.lot_id
            RETURNING l.id, h.amount, l.expires_at""",
            [reservation],
        )
        rows = self.cr.fetchall()
        rows.sort(key=lambda row: (row[2] or datetime.max, row[0]))
        return [row[:2] for row in rows]

    def _give_back(self, card, reservation, held, state):
        self._free(reservation)
        self._change_account(card, held=-held)
        self._settle(reservation, state)

    def _settle(self, reservation, state, entry=None):
        self.cr.execute(
            "UPDATE crm_loyalty_reservation SET state = %s, entry_id = %s"
            " WHERE id = %s",
            [state, entry, reservation],
        )

    def _one(self, query, values):
        self.cr.execute(query, values)
        return self.cr.fetchone()


def is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def check_amount(amount) -> None:
    """:raises LedgerError: `invalid`"""
    if not is_whole(amount) or not 1 <= amount <= MOST:
        raise LedgerError(
            "invalid", "An amount is a whole number of smallest units, not 0."
        )
