"""Posting: each operation happens once, as a whole, or not at all.

Every operation takes a key of the caller's: repeated with the same content it answers
what it answered before, with another content it is refused. Each begins by updating the
account's row, so two on one card never both go on from the same state: the later fails
with a serialisation error (40001), and its transaction is to be done again.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from .allocation import available
from .errors import LedgerError
from .rows import STATE, Rows, check_amount, is_whole

# deferred, as a step in between may differ; checked at the end of each operation
_CHECK = """
SET CONSTRAINTS crm_loyalty_account_balanced, crm_loyalty_lot_balanced IMMEDIATE;
SET CONSTRAINTS crm_loyalty_account_balanced, crm_loyalty_lot_balanced DEFERRED
"""


class Ledger(Rows):
    """Postings over one connection, in the caller's transaction."""

    # ------------------------------------------------------------------ operations

    def post(
        self,
        card: int,
        amount: int,
        key: str,
        *,
        expires_at: datetime | None = None,
        available_at: datetime | None = None,
        **about,
    ) -> dict:
        """Earn (`amount` above 0) or spend (below 0).

        :param available_at: points earned are pending until then
        :param about: `reason`, `document` (such as `sale.order,7`), `user_id`
        :returns: ``{entry, seq, amount, balance}``
        :raises LedgerError: `invalid`, `unknown`, `insufficient`, `key_mismatch`
        """
        check_amount(abs(amount) if is_whole(amount) else amount)
        if amount < 0 and (expires_at or available_at):
            raise LedgerError("invalid", "Only points earned have dates.")
        dates = [_text(expires_at), _text(available_at)]
        asked = ["post", card, amount, *dates, about.get("document")]

        def work():
            account = self._lock(card)
            if amount > 0:
                lot = (amount, available_at, expires_at)
                return self._earn(card, account, lot, key, about)
            taken = self._take(card, -amount)
            return self._use(card, account, "spend", taken, key, about)

        return self._once(key, asked, work)

    def reverse(self, entry: int, key: str, *, partial: bool = False, **about) -> dict:
        """Undo an entry by a new one; points spent return to their own lots.

        Undoing what was earned takes from its own lot first, then from others.

        :param partial: take what there is when not all of it is left; the answer's
            `short` says how much was not
        :returns: ``{entry, seq, amount, balance, short}``
        :raises LedgerError: also `already_reversed`
        """
        row = self._one(
            "SELECT card_id, kind, amount FROM crm_loyalty_entry WHERE id = %s", [entry]
        )
        if not row:
            raise LedgerError("unknown", "There is no such entry.", entry=entry)
        card, kind, amount = row

        def work():
            account = self._lock(card)
            taken_back = self._one(
                "SELECT id FROM crm_loyalty_entry WHERE reverses_id = %s", [entry]
            )
            if kind == "reverse" or taken_back:
                raise LedgerError("already_reversed", "It is reversed.", entry=entry)
            named = {**about, "reverses_id": entry}
            if amount < 0:
                back = [(lot, -part) for lot, part in self._uses(entry)]
                answer = self._use(card, account, "reverse", back, key, named)
                return {**answer, "short": 0}
            taken = self._take_back(card, entry, amount, partial)
            answer = self._use(card, account, "reverse", taken, key, named)
            return {**answer, "short": amount + answer["amount"]}

        return self._once(key, ["reverse", entry, partial], work)

    def reserve(self, card: int, amount: int, key: str, until: datetime, **about):
        """Hold points for a while: nobody else uses them, nor do they expire.

        :returns: ``{reservation, amount, available}``
        """
        check_amount(amount)
        if until.replace(tzinfo=None) <= self.now:
            raise LedgerError("invalid", "The end of a reservation lies ahead.")

        def work():
            self._lock(card)
            taken = self._take(card, amount)
            [reservation] = self._one(
                """INSERT INTO crm_loyalty_reservation
                       (card_id, amount, expires_at, reason, document, at)
                   VALUES (%s, %s, %s, %s, %s, %s) RETURNING id""",
                [card, amount, until, about.get("reason"), about.get("document")]
                + [self.now],
            )
            for lot, part in taken:
                self._change_lot(lot, held=part)
                self.cr.execute(
                    "INSERT INTO crm_loyalty_hold VALUES (%s, %s, %s)",
                    [reservation, lot, part],
                )
            self._change_account(card, held=amount)
            left = available(self._lots(card), self.now)
            return {"reservation": reservation, "amount": amount, "available": left}

        return self._once(key, ["reserve", card, amount, _text(until)], work)

    def capture(self, reservation: int, key: str, amount: int | None = None, **about):
        """Spend what was held, or less of it; the rest is free again.

        :returns: ``{entry, seq, amount, balance}``
        :raises LedgerError: `not_held` when it was settled before or its time is over
        """
        if amount is not None:
            check_amount(amount)
        card = self._card_of(reservation)

        def work():
            account = self._lock(card)
            held = self._held(reservation)
            wanted = held if amount is None else amount
            if wanted > held:
                raise LedgerError("invalid", "More than is held.", held=held)
            taken, left = [], wanted
            for lot, part in self._free(reservation):
                used = min(part, left)
                left -= used
                taken += [(lot, used)] if used else []
            self._change_account(card, held=-held)
            account = (account[0], account[1], account[2] - held)
            named = {**about, "reservation_id": reservation}
            answer = self._use(card, account, "spend", taken, key, named)
            self._settle(reservation, "captured", answer["entry"])
            return answer

        return self._once(key, ["capture", reservation, amount], work)

    def release(self, reservation: int, key: str) -> dict:
        """Give back what was held.

        :returns: ``{reservation, amount}``
        """
        card = self._card_of(reservation)

        def work():
            self._lock(card)
            held = self._held(reservation)
            self._give_back(card, reservation, held, "released")
            return {"reservation": reservation, "amount": held}

        return self._once(key, ["release", reservation], work)

    def expire(self, card: int, key: str) -> dict:
        """Take what has expired, save what is held; nothing when there is none.

        :returns: ``{entry, seq, amount, balance}``, or ``{amount: 0}``
        """

        def work():
            account = self._lock(card)
            due = [
                (lot.id, lot.free)
                for lot in self._lots(card)
                if lot.expires_at and lot.expires_at <= self.now and lot.free
            ]
            if not due:
                return {"amount": 0}
            return self._use(card, account, "expire", due, key, {})

        return self._once(key, ["expire", card], work)

    def state(self, card: int) -> dict:
        """``{balance, held, pending, available}`` of a card now."""
        row = self._one(STATE, [card]) or (0, 0, 0)
        lots = self._lots(card)
        pending = sum(
            lot.free
            for lot in lots
            if lot.available_at is not None and lot.available_at > self.now
        )
        return {
            "balance": row[1],
            "held": row[2],
            "pending": pending,
            "available": available(lots, self.now),
        }

    # ------------------------------------------------------------------ once

    def _once(self, key, asked, work: Callable[[], dict]) -> dict:
        """The answer to a key: what was answered before, or what `work` does now."""
        if not key or not isinstance(key, str) or len(key) > 200:
            raise LedgerError("invalid", "A key of 1 to 200 characters is needed.")
        fingerprint = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        known = self._one(
            "SELECT fingerprint, result FROM crm_loyalty_key"
            " WHERE client = %s AND key = %s",
            [self.client, key],
        )
        if known:
            if known[0] != fingerprint:
                raise LedgerError(
                    "key_mismatch", "The key was used for something else.", key=key
                )
            return known[1]
        self.cr.execute("SAVEPOINT crm_loyalty")
        try:
            result = work()
            self._keep_key(key, fingerprint, result)
            # now, not at commit: nobody could try again then
            self.cr.execute(_CHECK)
        except LedgerError:
            self.cr.execute("ROLLBACK TO SAVEPOINT crm_loyalty")
            raise
        self.cr.execute("RELEASE SAVEPOINT crm_loyalty")
        return result

    def _keep_key(self, key, fingerprint, result):
        """A racing call with this key fails here as 40001, not as a duplicate."""
        self.cr.execute(
            """INSERT INTO crm_loyalty_key (client, key, fingerprint, result, at)
               VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            [self.client, key, fingerprint, json.dumps(result), self.now],
        )
        if not self.cr.rowcount:
            raise LedgerError("key_mismatch", "The key is being used.", key=key)


def _text(moment):
    return moment and moment.isoformat()
